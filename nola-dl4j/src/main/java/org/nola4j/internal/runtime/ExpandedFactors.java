// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * The expanded trained vectors of a float32 network: a copy of the factors of all its weights. When
 * a network's parameters are set back to earlier values, its bases need not be generated again.
 *
 * <p>Immutable. Memory: 4 bytes per element, {@code rank * (m + n)} elements per low-rank weight;
 * factors that are trained directly (LoRA's) are left out.
 */
public final class ExpandedFactors {
  private final List<float[]> elements;

  private ExpandedFactors(List<float[]> elements) {
    this.elements = elements;
  }

  /** Copies the factors for a network's current parameters; expands them if they have changed. */
  public static ExpandedFactors of(MultiLayerNetwork network) {
    return of(network.getLayers());
  }

  /** As {@link #of(MultiLayerNetwork)}. */
  public static ExpandedFactors of(ComputationGraph graph) {
    return of(graph.getLayers());
  }

  private static ExpandedFactors of(Layer[] layers) {
    List<float[]> elements = new ArrayList<>();
    forEachWeight(layers, weight -> weight.copyFactors(elements));
    return new ExpandedFactors(elements);
  }

  /** Gives them to a network whose parameters equal those at the time of copying. */
  public void giveTo(MultiLayerNetwork network) {
    giveTo(network.getLayers());
  }

  /** As {@link #giveTo(MultiLayerNetwork)}. */
  public void giveTo(ComputationGraph graph) {
    giveTo(graph.getLayers());
  }

  private void giveTo(Layer[] layers) {
    Iterator<float[]> next = elements.iterator();
    forEachWeight(layers, weight -> weight.takeFactors(next));
  }

  private static void forEachWeight(Layer[] layers, Consumer<MaterializedWeight> action) {
    for (Layer layer : layers) {
      Layer inner = layer;
      while (inner instanceof BaseWrapperLayer wrapper) {
        inner = wrapper.getUnderlying();
      }
      if (inner instanceof RuntimeLayer ours) {
        ours.weights().forEach(action);
      }
    }
  }

  /** Bytes of memory. */
  public long bytes() {
    return elements.stream().mapToLong(values -> (long) values.length * Float.BYTES).sum();
  }
}
