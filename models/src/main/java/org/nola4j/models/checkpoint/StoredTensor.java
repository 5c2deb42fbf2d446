// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor of a checkpoint and the network's parameters that it holds.
 *
 * @param name in the file
 * @param shape in the file
 * @param layout how it differs from the parameters
 * @param parameters among which its first axis is divided, in equal parts: one of most tensors, the
 *     three of a joint query, key and value
 */
record StoredTensor(String name, List<Long> shape, Layout layout, List<Parameter> parameters) {
  /** What has to be done to a file's numbers. */
  enum Layout {
    /** Nothing. */
    SAME,
    /** [outputs, inputs...] there, [inputs, outputs] here. */
    TRANSPOSED,
    /** [1, tokens, width], whose grid may be another one. */
    POSITIONS
  }

  /**
   * A parameter of the network.
   *
   * @param layer its name
   * @param name of a weight, or of a parameter that is trained directly
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
   * @param pattern of their names, in which {@code %s} stands for {@code weight} and {@code bias}
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
