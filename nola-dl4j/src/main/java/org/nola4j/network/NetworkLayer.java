// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;

/**
 * A layer or parametrized vertex of an initialized network, the same view for both kinds of
 * networks.
 *
 * @param name used in plans, adapters and reports: in a {@link MultiLayerNetwork} the configured
 *     name or else the index (see {@link LayerNames}), in a {@link ComputationGraph} the vertex
 *     name
 * @param key prefix of DL4J's parameter names: the index in a {@link MultiLayerNetwork}, the vertex
 *     name in a {@link ComputationGraph}
 * @param type simple class name of its configuration, without wrappers such as {@code FrozenLayer}
 * @param frozen whether DL4J holds all its parameters fixed
 * @param parameters DL4J's parameters by name, in DL4J's order: views, so writing to them writes to
 *     the network
 * @param weights the reparameterized weights; empty for ordinary layers
 * @param kernel size of a reparameterized convolution's kernel; empty for other layers
 * @param seed that these weights derive from; null where there are none
 * @param tiedTo name, in this view, of the layer whose coefficients these weights use; null where
 *     they are the layer's own
 * @param coefficientBits bits that the layer's own coefficients are rounded to in every pass; 0
 *     where they are not
 * @param roles what each parameter is, in the order of {@code parameters}
 * @param frozenParameters what the layer keeps outside DL4J's parameters beside W0s, by name
 */
public record NetworkLayer(
    String name,
    String key,
    String type,
    boolean frozen,
    Map<String, INDArray> parameters,
    List<WeightSpec> weights,
    List<Integer> kernel,
    Long seed,
    String tiedTo,
    int coefficientBits,
    Map<String, Role> roles,
    Map<String, FrozenParameter> frozenParameters) {

  /** The role of a parameter; results count each role separately. */
  public enum Role {
    /** Part of a reparameterized weight. */
    COEFFICIENT,
    /**
     * Direct parameter of a reparameterized layer, such as a bias, a norm's scale or shift, or a
     * position.
     */
    BIAS,
    /** Scale or shift of a batch normalization. */
    BATCH_NORM_AFFINE,
    /** Running mean or variance of a batch normalization. */
    BATCH_NORM_STATISTIC,
    /** Any parameter of an ordinary layer. */
    OTHER
  }

  /**
   * The parameters that can be quantized: coefficient vectors, but not weights that are trained
   * directly.
   */
  public Set<String> vectors() {
    return weights.stream()
        .filter(weight -> !weight.factorize(seed).isElementwise())
        .flatMap(
            weight ->
                weight.factorize(seed).factors().stream()
                    .map(factor -> weight.parameterName(factor, weights.size())))
        .collect(Collectors.toSet());
  }

  /** The layers of a network in DL4J's order, including those without parameters. */
  public static List<NetworkLayer> of(MultiLayerNetwork network) {
    if (network.getLayers() == null) {
      throw new IllegalStateException("the network is not initialized: call init() first");
    }
    List<String> names = LayerNames.of(network.getLayerWiseConfigurations());
    List<NetworkLayer> layers = new ArrayList<>();
    for (Layer layer : network.getLayers()) {
      int index = layers.size();
      layers.add(
          ofLayer(
              names.get(index),
              String.valueOf(index),
              layer,
              false,
              owner -> names.get(owner.getIndex())));
    }
    return layers;
  }

  /** The vertices of a graph in DL4J's order, including those without parameters. */
  public static List<NetworkLayer> of(ComputationGraph graph) {
    if (graph.getVertices() == null) {
      throw new IllegalStateException("the graph is not initialized: call init() first");
    }
    GraphVertex[] vertices = graph.getVertices();
    Function<Layer, String> name = owner -> vertices[owner.getIndex()].getVertexName();
    List<NetworkLayer> layers = new ArrayList<>();
    for (int index : graph.topologicalSortOrder()) {
      GraphVertex vertex = vertices[index];
      boolean frozen = vertex instanceof FrozenVertex;
      layers.add(
          vertex.hasLayer()
              ? ofLayer(
                  vertex.getVertexName(), vertex.getVertexName(), vertex.getLayer(), frozen, name)
              : ofVertex(vertex, frozen));
    }
    return layers;
  }

  /** The same layers named by their keys, as in adapters of earlier releases. */
  public static List<NetworkLayer> byKey(List<NetworkLayer> layers) {
    Map<String, String> keys =
        layers.stream().collect(Collectors.toMap(NetworkLayer::name, NetworkLayer::key));
    return layers.stream().map(layer -> layer.called(keys)).toList();
  }

  private NetworkLayer called(Map<String, String> names) {
    return new NetworkLayer(
        names.get(name),
        key,
        type,
        frozen,
        parameters,
        weights,
        kernel,
        seed,
        tiedTo == null ? null : names.get(tiedTo),
        coefficientBits,
        roles,
        frozenParameters);
  }

  /** A layer by itself, named by its index. */
  public static NetworkLayer of(Layer layer) {
    Function<Layer, String> name = each -> String.valueOf(each.getIndex());
    String index = name.apply(layer);
    return ofLayer(index, index, layer, false, name);
  }

  private static NetworkLayer ofVertex(GraphVertex vertex, boolean frozen) {
    Map<String, INDArray> parameters = table(vertex.paramTable(false));
    return new NetworkLayer(
        vertex.getVertexName(),
        vertex.getVertexName(),
        vertex.getClass().getSimpleName(),
        frozen,
        parameters,
        List.of(),
        List.of(),
        null,
        null,
        0,
        roles(parameters, null),
        Map.of());
  }

  private static NetworkLayer ofLayer(
      String name, String key, Layer layer, boolean frozenVertex, Function<Layer, String> nameOf) {
    boolean frozen = frozenVertex;
    Layer inner = layer;
    while (inner instanceof BaseWrapperLayer wrapper) {
      frozen |= inner instanceof FrozenLayer || inner instanceof FrozenLayerWithBackprop;
      inner = wrapper.getUnderlying();
    }
    org.deeplearning4j.nn.conf.layers.Layer conf = inner.conf().getLayer();
    ReparameterizedLayer ours = conf instanceof ReparameterizedLayer r ? r : null;
    List<WeightSpec> weights = ours == null ? List.of() : ours.weights();
    Layer owner = inner instanceof RuntimeLayer c ? c.owner() : null;
    Map<String, INDArray> parameters = table(inner.paramTable(false));
    return new NetworkLayer(
        name,
        key,
        ours == null ? conf.getClass().getSimpleName() : ours.typeName(),
        frozen,
        parameters,
        weights,
        weights.isEmpty() ? List.of() : ours.kernel(),
        weights.isEmpty() ? null : ours.getSeed(),
        owner == null ? null : nameOf.apply(owner),
        ours == null ? 0 : ours.getCoefficientBits(),
        roles(parameters, conf),
        ours == null ? Map.of() : ours.getFrozenParameters());
  }

  private static Map<String, INDArray> table(Map<String, INDArray> table) {
    return table == null ? Map.of() : new LinkedHashMap<>(table);
  }

  private static Map<String, Role> roles(
      Map<String, INDArray> parameters, org.deeplearning4j.nn.conf.layers.Layer conf) {
    Map<String, Role> roles = new LinkedHashMap<>();
    parameters.keySet().forEach(name -> roles.put(name, role(name, conf)));
    return roles;
  }

  /** The role of a parameter in a layer of this configuration; null for a vertex's. */
  public static Role role(String parameter, org.deeplearning4j.nn.conf.layers.Layer conf) {
    if (conf instanceof ReparameterizedLayer ours) {
      return ours.directParameters().containsKey(parameter) ? Role.BIAS : Role.COEFFICIENT;
    }
    if (conf instanceof BatchNormalization) {
      return switch (parameter) {
        case BatchNormalizationParamInitializer.GAMMA, BatchNormalizationParamInitializer.BETA ->
            Role.BATCH_NORM_AFFINE;
        default -> Role.BATCH_NORM_STATISTIC;
      };
    }
    return Role.OTHER;
  }
}
