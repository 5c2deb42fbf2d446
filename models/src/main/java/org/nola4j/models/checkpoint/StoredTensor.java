// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor of a checkpoint and the network's parameters in it.
 *
 * @param name in the file
 * @param shape in the file
 * @param layout how its layout differs from that of the parameters
 * @param parameters share its first axis, or with {@link Layout#COLUMNS} its last one, in equal
 *     parts; usually one, but three for a joint query, key, and value
 */
record StoredTensor(String name, List<Long> shape, Layout layout, List<Parameter> parameters) {
  /** How a file's numbers are converted. */
  enum Layout {
    /** Nothing. */
    SAME,
    /** [outputs, inputs...] in the file, [inputs, outputs] in the network. */
    TRANSPOSED,
    /** [inputs, outputs] in both, the outputs of several parameters side by side. */
    COLUMNS,
    /** [1, tokens, width], possibly with another grid. */
    POSITIONS
  }

  /**
   * A parameter of the network.
   *
   * @param layer its name
   * @param name of a weight or of a directly trained parameter
   */
  record Parameter(String layer, String name) {}

  static StoredTensor of(
      String name, Layout layout, String layer, List<String> parameters, long... shape) {
    return new StoredTensor(
        name,
        Arrays.stream(shape).boxed().toList(),
        layout,
        parameters.stream().map(parameter -> new Parameter(layer, parameter)).toList());
  }

  /** A parameter that is a vector here and there. */
  static StoredTensor vector(String name, String layer, String parameter, long size) {
    return of(name, Layout.SAME, layer, List.of(parameter), size);
  }

  /**
   * The weight and the bias of a linear layer.
   *
   * @param pattern of their names, with {@code %s} in the place of "weight" and "bias"
   */
  static List<StoredTensor> linear(
      String pattern,
      String layer,
      List<String> weights,
      List<String> biases,
      long inputs,
      long outputs) {
    String weight = pattern.formatted("weight");
    return List.of(
        of(weight, Layout.TRANSPOSED, layer, weights, outputs, inputs),
        of(pattern.formatted("bias"), Layout.SAME, layer, biases, outputs));
  }

  boolean isOf(String layer) {
    return parameters.get(0).layer().equals(layer);
  }
}
