// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Factor;

/**
 * An adapter's entry for one layer.
 *
 * @param name in a {@code MultiLayerNetwork} the configured name or else the index, which adapters
 *     of earlier releases use for all layers; the vertex name in a {@code ComputationGraph}
 * @param type simple class name of the layer's configuration
 * @param seed that the weights derive from; null for ordinary layers
 * @param tiedTo name of the layer whose coefficients the weights use; null where they are the
 *     layer's own
 * @param weights recipes of the reparameterized weights; empty for ordinary layers
 * @param shapes of the trained parameters, as DL4J shows them, by name: coefficients weight by
 *     weight, then biases and other directly trained parameters
 * @param kernel size of a convolution's kernel, [height, width]; empty for other layers, and in
 *     adapters of earlier releases
 */
public record AdapterLayer(
    String name,
    String type,
    Long seed,
    String tiedTo,
    List<WeightSpec> weights,
    Map<String, List<Long>> shapes,
    List<Integer> kernel) {

  /** Keeps its own copies. */
  public AdapterLayer {
    weights = List.copyOf(weights);
    kernel = List.copyOf(kernel);
    shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
  }

  /** The name of a parameter's tensor in the file. */
  String tensor(String parameter) {
    return name + "." + parameter;
  }

  /**
   * The recipe of a weight.
   *
   * @throws IllegalArgumentException if the layer has none of that name
   */
  public WeightSpec weight(String weight) {
    return weights.stream()
        .filter(spec -> spec.name().equals(weight))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "layer \""
                        + name
                        + "\" has no reparameterized weight \""
                        + weight
                        + "\", only "
                        + weights.stream().map(WeightSpec::name).toList()));
  }

  /** The name of the layer that has the coefficients of this one's weights. */
  public String owner() {
    return tiedTo == null ? name : tiedTo;
  }

  /** Names of the parameters that are not coefficients. */
  public Set<String> direct() {
    Set<String> direct = new LinkedHashSet<>(shapes.keySet());
    if (tiedTo == null) {
      direct.removeAll(coefficients(weights).keySet());
    }
    return direct;
  }

  /** Names of the coefficient vectors that are this layer's own and that a weight arises from. */
  Set<String> coefficients(WeightSpec weight) {
    return tiedTo == null ? coefficients(weight, weights.size()).keySet() : Set.of();
  }

  /** Whether a weight has a basis of {@code docs/basis-v2.md}. */
  boolean isStructured() {
    return weights.stream()
        .flatMap(weight -> weight.factorize(0).factors().stream())
        .flatMap(factor -> factor.map().combinedBasis().stream())
        .anyMatch(basis -> basis.distribution().isStructured());
  }

  /** Shapes of the coefficient vectors of weights, by parameter name. */
  static Map<String, List<Long>> coefficients(List<WeightSpec> weights) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    weights.forEach(weight -> shapes.putAll(coefficients(weight, weights.size())));
    return shapes;
  }

  /** Shapes of the coefficient vectors of one of a layer's weights, by parameter name. */
  static Map<String, List<Long>> coefficients(WeightSpec weight, int weights) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (Factor factor : weight.factorize(0).factors()) {
      shapes.put(weight.parameterName(factor, weights), factor.parameterShape());
    }
    return shapes;
  }
}
