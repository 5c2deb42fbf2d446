// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * The expanded trained vectors of a float32 network: a copy of the factors of all its weights. When
 * a network's parameters are set back to earlier values, its bases need not be generated again.
 *
 * <p>Immutable. Memory: 4 bytes per element, {@code rank * (m + n)} elements per low-rank weight;
 * factors that are trained directly (LoRA's) are left out.
 */
public final class ExpandedFactors {
  /** By the layers' indices. */
  private final Map<Integer, List<float[]>> byLayer;

  private ExpandedFactors(Map<Integer, List<float[]>> byLayer) {
    this.byLayer = byLayer;
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
    Map<Integer, List<float[]>> copies = new HashMap<>();
    forEachLayer(layers, layer -> copies.put(layer.getIndex(), copies(layer.weights())));
    return new ExpandedFactors(copies);
  }

  /** Copies the factors for other, already expanded values of all trained layers' parameters. */
  public static ExpandedFactors of(List<ParameterSet> layers) {
    Map<Integer, List<float[]>> copies = new HashMap<>();
    layers.forEach(layer -> copies.put(layer.layerIndex(), copies(layer.weights())));
    return new ExpandedFactors(copies);
  }

  private static List<float[]> copies(List<MaterializedWeight> weights) {
    List<float[]> copies = new ArrayList<>();
    weights.forEach(weight -> weight.copyFactors(copies));
    return copies;
  }

  /** Expands a network's parameters, if they have changed, without a copy. */
  public static void refresh(MultiLayerNetwork network) {
    forEachLayer(network.getLayers(), ExpandedFactors::refresh);
  }

  /** As {@link #refresh(MultiLayerNetwork)}. */
  public static void refresh(ComputationGraph graph) {
    forEachLayer(graph.getLayers(), ExpandedFactors::refresh);
  }

  private static void refresh(RuntimeLayer layer) {
    layer.weights().forEach(MaterializedWeight::refresh);
  }

  /** Gives them to a network whose parameters equal those at the time of copying. */
  public void giveTo(MultiLayerNetwork network) {
    giveTo(network.getLayers());
  }

  /** As {@link #giveTo(MultiLayerNetwork)}. */
  public void giveTo(ComputationGraph graph) {
    giveTo(graph.getLayers());
  }

  /** Gives them to parameter values that equal those at the time of copying. */
  public void giveTo(List<ParameterSet> layers) {
    layers.forEach(layer -> give(layer.layerIndex(), layer.weights()));
  }

  private void giveTo(Layer[] layers) {
    forEachLayer(layers, layer -> give(layer.getIndex(), layer.weights()));
  }

  /** A frozen layer may be missing: it needs none. */
  private void give(int layer, List<MaterializedWeight> weights) {
    if (byLayer.containsKey(layer)) {
      Iterator<float[]> next = byLayer.get(layer).iterator();
      weights.forEach(weight -> weight.takeFactors(next));
    }
  }

  private static void forEachLayer(Layer[] layers, Consumer<RuntimeLayer> action) {
    for (Layer layer : layers) {
      if (ParameterSet.inner(layer) instanceof RuntimeLayer ours) {
        action.accept(ours);
      }
    }
  }

  /** Bytes of memory. */
  public long bytes() {
    return byLayer.values().stream()
        .flatMap(List::stream)
        .mapToLong(values -> (long) values.length * Float.BYTES)
        .sum();
  }
}
