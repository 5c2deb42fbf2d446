// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.network.LearningRates;
import org.nola4j.network.ParameterCount;

/**
 * A {@link ComputationGraph} with one input and one output.
 *
 * @param graph an initialized graph
 * @param featureLayer the layer whose output is the last layer's input; {@code null} if there is
 *     none
 * @param notes of its adapter
 */
public record GraphNetwork(ComputationGraph graph, String featureLayer, Map<String, String> notes)
    implements Network {
  /** Copies the notes. */
  public GraphNetwork {
    notes = Map.copyOf(notes);
  }

  /** A graph whose adapter has no notes. */
  public GraphNetwork(ComputationGraph graph, String featureLayer) {
    this(graph, featureLayer, Map.of());
  }

  /** A graph without features. */
  public GraphNetwork(ComputationGraph graph) {
    this(graph, null);
  }

  @Override
  public Model model() {
    return graph;
  }

  @Override
  public String configuration() {
    return graph.getConfiguration().toJson();
  }

  @Override
  public void fit(DataSet batch) {
    graph.fit(batch);
  }

  @Override
  public void computeGradient(DataSet batch) {
    INDArray labelsMask = batch.getLabelsMaskArray();
    graph.setInputs(inputs(batch));
    graph.setLabels(batch.getLabels());
    graph.setLayerMaskArrays(masks(batch), labelsMask == null ? null : new INDArray[] {labelsMask});
    graph.computeGradientAndScore();
    graph.clearLayerMaskArrays();
  }

  @Override
  public INDArray output(INDArray features) {
    return graph.outputSingle(features);
  }

  @Override
  public INDArray output(DataSet batch) {
    return graph.output(false, inputs(batch), masks(batch))[0];
  }

  @Override
  public Optional<Function<DataSet, LastLayer>> lastLayer() {
    return Optional.ofNullable(featureLayer).map(layer -> batch -> lastLayer(layer, batch));
  }

  private LastLayer lastLayer(String features, DataSet batch) {
    String output = graph.getConfiguration().getNetworkOutputs().get(0);
    INDArray[] both = graph.output(List.of(features, output), false, inputs(batch), masks(batch));
    return new LastLayer(both[0], both[1]);
  }

  private static INDArray[] inputs(DataSet batch) {
    return new INDArray[] {batch.getFeatures()};
  }

  private static INDArray[] masks(DataSet batch) {
    INDArray mask = batch.getFeaturesMaskArray();
    return mask == null ? null : new INDArray[] {mask};
  }

  @Override
  public void setLearningRate(double rate) {
    LearningRates.set(graph, rate);
  }

  @Override
  public Counters counters() {
    var conf = graph.getConfiguration();
    return new Counters(conf.getIterationCount(), conf.getEpochCount());
  }

  @Override
  public void setCounters(Counters counters) {
    graph.getConfiguration().setIterationCount(counters.iterations());
    graph.getConfiguration().setEpochCount(counters.epochs());
  }

  @Override
  public INDArray updaterState() {
    return graph.getUpdater().getStateViewArray();
  }

  @Override
  public Map<String, Layer> layers() {
    Map<String, Layer> layers = new LinkedHashMap<>();
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = graph.getVertices()[index];
      if (vertex.hasLayer()) {
        layers.put(vertex.getVertexName(), vertex.getLayer());
      }
    }
    return layers;
  }

  @Override
  public ParameterCount count() {
    return ParameterCount.of(graph);
  }

  @Override
  public Adapter adapter() {
    Adapter adapter = Adapter.of(graph);
    return notes.isEmpty() ? adapter : adapter.withNotes(notes);
  }

  @Override
  public long adapterBytes() {
    return notes.isEmpty() ? Adapter.bytes(graph, Precision.F32) : Network.super.adapterBytes();
  }

  @Override
  public void apply(Adapter adapter) {
    adapter.applyTo(graph);
  }
}
