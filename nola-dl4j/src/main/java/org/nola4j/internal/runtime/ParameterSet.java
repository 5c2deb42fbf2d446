// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * Values of a layer's parameters beside the layer's own, with the resulting factors of its weights,
 * so that one layer can serve examples with many adapters.
 *
 * <p>Memory: the values and, for weights of methods other than LoRA, 4 bytes per element of their
 * factors.
 */
public final class ParameterSet {
  private final Layer layer;
  private final Map<String, INDArray> values = new LinkedHashMap<>();
  private final List<MaterializedWeight> weights;

  /**
   * Allocates room for values.
   *
   * @throws UnsupportedOperationException if the layer shares its parameters with another one
   */
  public ParameterSet(Layer layer) {
    this.layer = inner(layer);
    parameters()
        .forEach(
            (name, array) ->
                values.put(name, HostArrays.allocate(array.dataType(), array.shape())));
    this.weights = this.layer instanceof RuntimeLayer ours ? ours.weightsOver(values) : List.of();
  }

  /** A layer without DL4J's wrappers around it. */
  static Layer inner(Layer layer) {
    Layer inner = layer;
    while (inner instanceof BaseWrapperLayer wrapper) {
      inner = wrapper.getUnderlying();
    }
    return inner;
  }

  private Map<String, INDArray> parameters() {
    return layer.paramTable(false);
  }

  int layerIndex() {
    return layer.getIndex();
  }

  List<MaterializedWeight> weights() {
    return weights;
  }

  /** Sets the values, row-major, in the order of the layer's parameters. */
  public void read(Iterator<float[]> next) {
    values.values().forEach(array -> HostArrays.write(next.next(), array));
  }

  /** Replaces the layer's own values by these, which have been expanded. */
  public void writeToLayer() {
    parameters().forEach((name, array) -> array.assign(values.get(name)));
    if (layer instanceof RuntimeLayer ours) {
      List<float[]> factors = new ArrayList<>();
      weights.forEach(weight -> weight.copyFactors(factors));
      Iterator<float[]> next = factors.iterator();
      ours.weights().forEach(weight -> weight.takeFactors(next));
    }
  }

  /** Brings the factors of several sets of one layer up to date, from bases generated once. */
  public static void expand(List<ParameterSet> sets) {
    for (int w = 0; w < sets.get(0).weights.size(); w++) {
      int weight = w;
      MaterializedWeight.expand(sets.stream().map(set -> set.weights.get(weight)).toList());
    }
  }
}
