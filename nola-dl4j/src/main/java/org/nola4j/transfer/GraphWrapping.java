// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nola4j.adapter.Adapter;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;

/**
 * Vertices keep their names; of a split output layer, the loss keeps the name, since it is the
 * graph's output, and the linear part is called {@code NAME-linear}.
 */
final class GraphWrapping extends Wrapping<ComputationGraph> {
  private static final String LINEAR = "-linear";

  private final ComputationGraphConfiguration baseConf;
  private final Set<String> split = new HashSet<>();
  private final ComputationGraph wrapped;

  /**
   * A trained graph.
   *
   * @param names of its vertices, each after those below it
   * @param layers that a plan decides on
   * @param parameters of each of them
   */
  private record Base(
      ComputationGraphConfiguration conf,
      List<String> names,
      Map<String, NamedLayer> layers,
      Map<String, Map<String, INDArray>> parameters) {}

  GraphWrapping(ComputationGraph base, AdapterPlan plan) {
    this(of(base), plan);
  }

  /** Of a graph whose weights are read one at a time. */
  GraphWrapping(ComputationGraphConfiguration conf, ParameterReader reader, AdapterPlan plan) {
    this(of(conf.clone(), reader), plan);
  }

  private static Base of(ComputationGraph base) {
    List<NetworkLayer> baseLayers = NetworkLayer.of(base);
    ComputationGraphConfiguration conf = fresh(VertexSettings.copy(base.getConfiguration()));
    Map<String, Map<String, INDArray>> parameters = new LinkedHashMap<>();
    Map<String, NamedLayer> named = named(conf, base, baseLayers, parameters);
    return new Base(conf, baseLayers.stream().map(NetworkLayer::name).toList(), named, parameters);
  }

  private static Base of(ComputationGraphConfiguration conf, ParameterReader reader) {
    Map<String, NamedLayer> named = streamed(conf);
    Map<String, Map<String, INDArray>> parameters = new LinkedHashMap<>();
    named.forEach(
        (name, layer) ->
            parameters.put(
                name, new StreamedParameters(name, (ReparameterizedLayer) layer.layer(), reader)));
    return new Base(fresh(conf), ordered(conf), named, parameters);
  }

  /**
   * The layers of a graph whose weights are not in memory.
   *
   * @throws IllegalArgumentException if it has others than this library's with dense weights
   */
  static Map<String, NamedLayer> streamed(ComputationGraphConfiguration conf) {
    Map<String, NamedLayer> named = new LinkedHashMap<>();
    conf.getVertices()
        .forEach(
            (name, vertex) -> {
              Layer layer =
                  vertex instanceof LayerVertex inside ? inside.getLayerConf().getLayer() : null;
              if (!isStreamable(layer)) {
                throw new IllegalArgumentException(
                    "weights are read one at a time into this library's own layers with dense weights only, but \"%s\" is none: initialize the graph and wrap it"
                        .formatted(name));
              }
              Map<String, List<Long>> weights = BaseLayers.weights(layer, Map.of());
              named.put(name, new NamedLayer(List.of(name), layer, weights, false, null));
            });
    return named;
  }

  private static boolean isStreamable(Layer layer) {
    return NamedLayer.isOurs(layer)
        && layer instanceof ReparameterizedLayer ours
        && (ours.hasPlainWeights() || ours.hasTiedWeights());
  }

  private static ComputationGraphConfiguration fresh(ComputationGraphConfiguration conf) {
    conf.setIterationCount(0);
    conf.setEpochCount(0);
    return conf;
  }

  /** The vertices, each after those below it. */
  private static List<String> ordered(ComputationGraphConfiguration conf) {
    Set<String> ordered = new LinkedHashSet<>(conf.getNetworkInputs());
    int before;
    do {
      before = ordered.size();
      conf.getVertexInputs()
          .forEach(
              (name, inputs) -> {
                if (ordered.containsAll(inputs)) {
                  ordered.add(name);
                }
              });
    } while (ordered.size() > before);
    if (!ordered.containsAll(conf.getVertices().keySet())) {
      throw new IllegalArgumentException(
          "the graph has a cycle, or a vertex whose input is missing");
    }
    return List.copyOf(ordered);
  }

  private GraphWrapping(Base base, AdapterPlan plan) {
    this.baseConf = base.conf();
    Map<String, Map<String, INDArray>> parameters = base.parameters();
    Map<String, NamedLayer> named = base.layers();
    Map<String, Decision> decisions = decide(named, plan);
    ComputationGraphConfiguration conf = VertexSettings.copy(baseConf);
    Map<String, GraphVertex> vertices = new LinkedHashMap<>();
    Map<String, List<String>> inputs = new LinkedHashMap<>(conf.getVertexInputs());
    Set<String> trained = new HashSet<>();
    for (String name : base.names()) {
      if (!conf.getVertices().containsKey(name)) {
        continue; // an input of the graph
      }
      GraphVertex vertex = unfrozen(conf.getVertices().get(name));
      boolean trainedBelow = inputs.get(name).stream().anyMatch(trained::contains);
      Decision decision = decisions.get(name);
      boolean backprop =
          trainedBelow || (decision != null && decision.action() != Decision.Action.FREEZE);
      if (backprop) {
        trained.add(name);
      }
      if (!(vertex instanceof LayerVertex layerVertex)) {
        vertices.put(
            name, vertex(vertex, parameters.get(name), named.get(name), decision, backprop));
        continue;
      }
      if (!backprop && isActivation(layerVertex)) {
        vertices.put(name, new FrozenVertex(vertex));
        continue;
      }
      boolean inputGradient =
          trainedBelow || layerVertex.getPreProcessor() != null || branches(inputs, name);
      boolean held =
          decision.action() == Decision.Action.FREEZE && TiedWeights.isTied(named.get(name).conf());
      Layer replaced =
          replace(
              name,
              named.get(name),
              decision,
              plan,
              held ? TiedWeights.values(named.get(name), parameters) : parameters.get(name),
              new Reach(backprop, inputGradient));
      parameters.values().forEach(GraphWrapping::release);
      if (isSplit(named.get(name), decision)) {
        requireFree(conf, name + LINEAR);
        split.add(name);
        replaced.setLayerName(name + LINEAR);
        vertices.put(name + LINEAR, with(layerVertex, replaced));
        vertices.put(name, lossOf(layerVertex));
        inputs.put(name + LINEAR, inputs.get(name));
        inputs.put(name, List.of(name + LINEAR));
      } else {
        LayerVertex put = with(layerVertex, replaced);
        boolean hidden = !backprop && BaseConfs.isRecurrent(named.get(name).layer());
        vertices.put(name, hidden ? new FrozenVertex(put) : put);
      }
    }
    conf.setVertices(vertices);
    conf.setVertexInputs(inputs);
    conf.setTopologicalOrder(null);
    conf.setTopologicalOrderStr(null);
    this.wrapped = new ComputationGraph(conf);
    wrapped.init();
    copyParameters();
  }

  /** Frees what was read for one layer. */
  private static void release(Map<String, INDArray> parameters) {
    if (parameters instanceof StreamedParameters streamed) {
      streamed.release();
    }
  }

  private static void requireFree(ComputationGraphConfiguration conf, String name) {
    if (conf.getVertices().containsKey(name) || conf.getNetworkInputs().contains(name)) {
      throw new IllegalArgumentException(
          "the linear part of an adapted or frozen output layer is called \"%s\", but the graph has another vertex of that name: call that something else, or train the output layer"
              .formatted(name));
    }
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
  static String baseName(ComputationGraph trained, String name) {
    boolean split =
        name.endsWith(LINEAR) && !trained.getConfiguration().getVertices().containsKey(name);
    return split ? withoutLinear(name) : name;
  }

  private static String withoutLinear(String name) {
    return name.substring(0, name.length() - LINEAR.length());
  }

  /** A vertex that is no layer: its parameters are frozen unless a rule says otherwise. */
  private GraphVertex vertex(
      GraphVertex vertex,
      Map<String, INDArray> parameters,
      NamedLayer named,
      Decision decision,
      boolean backprop) {
    if (named == null) {
      if (!backprop) {
        return new FrozenVertex(vertex);
      }
      return vertex instanceof SameDiffVertex ? new WrappedVertex(vertex, Map.of()) : vertex;
    }
    GraphVertex copy = VertexSettings.copy(vertex);
    if (decision.action() == Decision.Action.TRAIN) {
      IUpdater updater = decision.updater();
      if (updater != null && copy instanceof SameDiffVertex trained) {
        trained.setUpdater(updater.clone());
        trained.setBiasUpdater(null);
      }
      note(named.name(), named, decision, null, Map.of(), parameters);
      return new WrappedVertex(copy, Map.of());
    }
    Map<String, FrozenParameter> frozen = BaseLayers.frozen(named, parameters);
    note(named.name(), named, decision, null, frozen, Map.of());
    GraphVertex held = new WrappedVertex(copy, frozen);
    return backprop ? held : new FrozenVertex(held);
  }

  /** Without what freezes it, or an earlier wrapping made of it. */
  private static GraphVertex unfrozen(GraphVertex vertex) {
    if (vertex instanceof FrozenVertex frozen) {
      return unfrozen(frozen.getUnderlying());
    }
    return vertex instanceof WrappedVertex wrapped ? unfrozen(wrapped.getBase()) : vertex;
  }

  /** The vertex whose parameters an earlier wrapping keeps; null where none does. */
  private static WrappedVertex held(GraphVertex vertex) {
    if (vertex instanceof FrozenVertex frozen) {
      return held(frozen.getUnderlying());
    }
    return vertex instanceof WrappedVertex wrapped && !wrapped.getFrozenParameters().isEmpty()
        ? wrapped
        : null;
  }

  /**
   * The layers, and other vertices with parameters, that a plan decides on.
   *
   * @param parameters where those of each are added
   */
  @SuppressWarnings("ReferenceEquality") // unfrozen returns its argument if it is not frozen
  private static Map<String, NamedLayer> named(
      ComputationGraphConfiguration conf,
      ComputationGraph base,
      List<NetworkLayer> baseLayers,
      Map<String, Map<String, INDArray>> parameters) {
    Map<String, Map<String, INDArray>> own = new LinkedHashMap<>();
    baseLayers.forEach(layer -> own.put(layer.name(), layer.parameters()));
    Map<String, NamedLayer> layers = new LinkedHashMap<>();
    conf.getVertices()
        .forEach(
            (name, vertex) -> {
              GraphVertex inner = unfrozen(vertex);
              if (inner instanceof LayerVertex layer) {
                Layer inside = layer.getLayerConf().getLayer();
                parameters.put(
                    name,
                    MultiLayerWrapping.parameters(inside, own.get(name), base.getLayer(name)));
                layers.put(
                    name,
                    MultiLayerWrapping.named(
                        List.of(name),
                        inside,
                        parameters.get(name),
                        own.get(name),
                        inner != vertex));
              } else if (inner.numParams(true) > 0) {
                WrappedVertex held = held(vertex);
                parameters.put(name, held == null ? own.get(name) : held.parameters(base, name));
                layers.put(
                    name,
                    new NamedLayer(
                        List.of(name),
                        inner,
                        Map.of(),
                        true,
                        held == null ? null : new Wrapped(null, Map.of())));
              }
            });
    return layers;
  }

  static Map<String, Decision> decide(Map<String, NamedLayer> layers, AdapterPlan plan) {
    List<Decision> decisions = plan.decide(List.copyOf(layers.values()));
    requireTraining(decisions, plan);
    Map<String, Decision> byName = new LinkedHashMap<>();
    layers.keySet().forEach(name -> byName.put(name, decisions.get(byName.size())));
    TiedWeights.check(layers, byName);
    return byName;
  }

  private static LayerVertex with(LayerVertex vertex, Layer layer) {
    return new LayerVertex(
        MultiLayerWrapping.with(vertex.getLayerConf(), layer), vertex.getPreProcessor());
  }

  private static LayerVertex lossOf(LayerVertex vertex) {
    OutputLayer output = (OutputLayer) BaseConfs.unfrozen(vertex.getLayerConf().getLayer());
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
    ComputationGraph plain = new ComputationGraph(VertexSettings.copy(baseConf));
    plain.init();
    return plain;
  }

  @Override
  ComputationGraph unwrapped() {
    ComputationGraphConfiguration conf = VertexSettings.copy(baseConf);
    Map<String, GraphVertex> vertices = new LinkedHashMap<>();
    Map<String, List<String>> inputs = new LinkedHashMap<>(conf.getVertexInputs());
    conf.getVertices()
        .forEach(
            (name, each) -> {
              GraphVertex vertex = unfrozen(each);
              if (vertex instanceof LayerVertex layer) {
                Layer inside = unwrapped(name, layer.getLayerConf().getLayer());
                inside.setLayerName(unwrappedName(name));
                vertex = with(layer, inside);
              }
              if (!isLossOfSplit(name)) {
                vertices.put(unwrappedName(name), vertex);
                inputs.put(unwrappedName(name), conf.getVertexInputs().get(name));
              }
            });
    inputs.keySet().retainAll(vertices.keySet());
    conf.setVertices(vertices);
    conf.setVertexInputs(inputs);
    conf.setTopologicalOrder(null);
    conf.setTopologicalOrderStr(null);
    ComputationGraph plain = new ComputationGraph(conf);
    plain.init();
    return plain;
  }

  private boolean isLossOfSplit(String name) {
    return isLinearVertex(name + LINEAR)
        && baseConf.getVertexInputs().get(name).equals(List.of(name + LINEAR));
  }

  private boolean isLinearVertex(String name) {
    GraphVertex vertex = baseConf.getVertices().get(name);
    return vertex != null
        && unfrozen(vertex) instanceof LayerVertex layer
        && isLinear(layer.getLayerConf().getLayer());
  }

  @Override
  String unwrappedName(String name) {
    return isLinearVertex(name) ? withoutLinear(name) : name;
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
