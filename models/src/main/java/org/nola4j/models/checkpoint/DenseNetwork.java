// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.network.NetworkLayer;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.FrozenWeight;

/** An initialized network of one of our models, by its parts: weights that are stored whole. */
final class DenseNetwork {
  private final String model;
  private final ComputationGraphConfiguration configuration;
  private final Map<String, NetworkLayer> layers = new LinkedHashMap<>();

  /**
   * @param model the name of its class, for messages
   */
  DenseNetwork(String model, ComputationGraph network) {
    this.model = model;
    this.configuration = network.getConfiguration();
    NetworkLayer.of(network).forEach(layer -> layers.put(layer.name(), layer));
  }

  /**
   * The configuration of a layer.
   *
   * @throws IllegalArgumentException if it is not such a network
   */
  <T extends Layer> T layer(String name, Class<T> type) {
    if (configuration.getVertices().get(name) instanceof LayerVertex vertex
        && type.isInstance(vertex.getLayerConf().getLayer())) {
      return type.cast(vertex.getLayerConf().getLayer());
    }
    throw new IllegalArgumentException(
        "a network of %s has a %s called \"%s\", but this one has only %s"
            .formatted(
                model,
                type.getSimpleName(),
                name,
                NameList.first(configuration.getVertices().keySet())));
  }

  /** How many layers there are of those that a model counts from 0. */
  int count(IntFunction<String> name) {
    int count = 0;
    while (layers.containsKey(name.apply(count))) {
      count++;
    }
    return count;
  }

  /** Something of a weight, or null where the layer has none of this name. */
  <T> T find(String layer, String weight, Function<WeightSpec, T> function) {
    return layers.get(layer).weights().stream()
        .filter(spec -> spec.name().equals(weight))
        .findAny()
        .map(function)
        .orElse(null);
  }

  /**
   * The view with a whole weight or a directly trained parameter.
   *
   * @throws IllegalArgumentException if the weight is not stored whole or does not exist
   */
  INDArray array(StoredTensor.Parameter parameter) {
    NetworkLayer layer = layers.get(parameter.layer());
    String name = find(layer.name(), parameter.name(), spec -> whole(layer, spec));
    INDArray array = layer.parameters().get(name == null ? parameter.name() : name);
    if (array == null) {
      throw new IllegalArgumentException(
          "layer \"%s\" has no parameter \"%s\" of its own, only %s"
              .formatted(layer.name(), parameter.name(), layer.parameters().keySet()));
    }
    return array;
  }

  private static String whole(NetworkLayer layer, WeightSpec weight) {
    if (!weight.factorize(layer.seed()).isElementwise()
        || !(weight.method().w0() instanceof FrozenWeight.None)
        || layer.coefficientBits() != 0) {
      throw new IllegalArgumentException(
          "weight \"%s\" of layer \"%s\" is %s: only dense weights without W0 and coefficientBits are read and written"
                  .formatted(weight.name(), layer.name(), weight.method())
              + " whole; read a dense network and wrap it, or merge it first");
    }
    Factor factor = weight.factorize(layer.seed()).factors().get(0);
    return weight.parameterName(factor, layer.weights().size());
  }
}
