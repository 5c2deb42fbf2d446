package org.nola4j.transfer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.accounting.ParameterCount;
import org.nola4j.adapter.Adapter;
import org.nola4j.dl4j.NetworkLayer;

/**
 * Vertices keep their names; of a split output layer the loss has it, since it is the graph's
 * output, and the linear part is called {@code NAME-linear}.
 */
final class GraphWrapping extends Wrapping<ComputationGraph> {
  private static final String LINEAR = "-linear";

  private final ComputationGraphConfiguration baseConf;
  private final Set<String> split = new HashSet<>();
  private final ComputationGraph wrapped;

  GraphWrapping(ComputationGraph base, AdapterPlan plan) {
    List<NetworkLayer> baseLayers = NetworkLayer.of(base);
    this.baseConf = base.getConfiguration().clone();
    baseConf.setIterationCount(0);
    baseConf.setEpochCount(0);
    Map<String, AdapterPlan.Decision> decisions = decide(baseConf, plan);
    ComputationGraphConfiguration conf = baseConf.clone();
    Map<String, GraphVertex> vertices = new LinkedHashMap<>();
    Map<String, List<String>> inputs = new LinkedHashMap<>(conf.getVertexInputs());
    Set<String> trained = new HashSet<>();
    for (NetworkLayer layer : baseLayers) {
      String name = layer.name();
      GraphVertex vertex = conf.getVertices().get(name);
      if (vertex == null) {
        continue; // an input of the graph
      }
      boolean trainedBelow = inputs.get(name).stream().anyMatch(trained::contains);
      AdapterPlan.Decision decision = decisions.get(name);
      boolean backprop =
          trainedBelow || decision != null && decision.action() != AdapterPlan.Action.FREEZE;
      if (backprop) {
        trained.add(name);
      }
      if (!(vertex instanceof LayerVertex layerVertex) || !backprop && isActivation(layerVertex)) {
        vertices.put(name, backprop ? vertex : new FrozenVertex(vertex));
        continue;
      }
      boolean inputGradient =
          trainedBelow || layerVertex.getPreProcessor() != null || branches(inputs, name);
      AdapterPlan.NamedLayer named = named(name, layerVertex);
      Layer replaced =
          replace(
              name, named, decision, plan, layer.parameters(), new Reach(backprop, inputGradient));
      if (isSplit(named, decision)) {
        split.add(name);
        replaced.setLayerName(name + LINEAR);
        vertices.put(name + LINEAR, with(layerVertex, replaced));
        vertices.put(name, lossOf(layerVertex));
        inputs.put(name + LINEAR, inputs.get(name));
        inputs.put(name, List.of(name + LINEAR));
      } else {
        vertices.put(name, with(layerVertex, replaced));
      }
    }
    conf.setVertices(vertices);
    conf.setVertexInputs(inputs);
    conf.setTopologicalOrder(null);
    conf.setTopologicalOrderStr(null);
    this.wrapped = new ComputationGraph(conf);
    wrapped.init();
    copyParameters(baseLayers);
  }

  /** In test mode, as in a FrozenLayer, DL4J's activation layer overwrites its input. */
  private static boolean isActivation(LayerVertex vertex) {
    Layer layer = vertex.getLayerConf().getLayer();
    return layer instanceof ActivationLayer && layer.getIDropout() == null;
  }

  /**
   * Whether the layer's input goes to other vertices too: DL4J then adds up what all of them give
   * for its gradient, needed or not, and cannot add nothing.
   */
  private static boolean branches(Map<String, List<String>> inputs, String name) {
    return inputs.get(name).stream()
        .anyMatch(
            below -> inputs.values().stream().filter(each -> each.contains(below)).count() > 1);
  }

  /** The name, in the trained graph, of a layer of the wrapped one. */
  static String baseName(String name) {
    return name.endsWith(LINEAR) ? name.substring(0, name.length() - LINEAR.length()) : name;
  }

  private static Map<String, AdapterPlan.Decision> decide(
      ComputationGraphConfiguration conf, AdapterPlan plan) {
    List<AdapterPlan.NamedLayer> layers = new ArrayList<>();
    conf.getVertices()
        .forEach(
            (name, vertex) -> {
              if (vertex instanceof LayerVertex layer) {
                layers.add(named(name, layer));
              }
            });
    List<AdapterPlan.Decision> decisions = plan.decide(layers);
    requireTraining(decisions);
    Map<String, AdapterPlan.Decision> byName = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      byName.put(layers.get(i).name(), decisions.get(i));
    }
    return byName;
  }

  private static AdapterPlan.NamedLayer named(String name, LayerVertex vertex) {
    return new AdapterPlan.NamedLayer(List.of(name), vertex.getLayerConf().getLayer());
  }

  private static LayerVertex with(LayerVertex vertex, Layer layer) {
    return new LayerVertex(
        MultiLayerWrapping.with(vertex.getLayerConf(), layer), vertex.getPreProcessor());
  }

  private static LayerVertex lossOf(LayerVertex vertex) {
    OutputLayer output = (OutputLayer) vertex.getLayerConf().getLayer();
    Layer loss = BaseLayers.loss(output);
    loss.setLayerName(output.getLayerName());
    return new LayerVertex(MultiLayerWrapping.with(vertex.getLayerConf(), loss), null);
  }

  @Override
  ComputationGraph wrapped() {
    return wrapped;
  }

  @Override
  ComputationGraph plain() {
    ComputationGraph plain = new ComputationGraph(baseConf.clone());
    plain.init();
    return plain;
  }

  @Override
  List<NetworkLayer> layers(ComputationGraph network) {
    return NetworkLayer.of(network);
  }

  @Override
  ParameterCount parameters() {
    return ParameterCount.of(wrapped);
  }

  @Override
  Adapter adapter() {
    return Adapter.of(wrapped);
  }

  @Override
  String wrappedName(String name) {
    return split.contains(name) ? name + LINEAR : name;
  }
}
