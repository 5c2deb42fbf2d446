// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.basis.Seeds;
import org.nola4j.internal.io.Sha256;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.network.NetworkLayer;
import org.nola4j.reparameterization.FrozenWeight;

/** The layers that a wrapped network would have, from configurations alone. */
final class PlannedLayers {
  private PlannedLayers() {}

  static List<NetworkLayer> of(ComputationGraphConfiguration trained, AdapterPlan plan) {
    Map<String, NamedLayer> named = GraphWrapping.streamed(trained);
    Map<String, Decision> decisions = GraphWrapping.decide(named, plan);
    return named.values().stream()
        .map(
            layer -> {
              Decision decision = decisions.get(layer.name());
              return layer(
                  layer,
                  decision.action() == Decision.Action.TRAIN
                      ? kept(layer, seed(trained, layer.name()))
                      : held(layer, decision, plan));
            })
        .toList();
  }

  /** The seed of the network that a layer is in. */
  private static long seed(ComputationGraphConfiguration network, String layer) {
    return ((LayerVertex) network.getVertices().get(layer)).getLayerConf().getSeed();
  }

  private static NetworkLayer layer(NamedLayer named, ReparameterizedLayer conf) {
    Map<String, INDArray> parameters = parameters(conf);
    Map<String, NetworkLayer.Role> roles = new LinkedHashMap<>();
    parameters.keySet().forEach(name -> roles.put(name, NetworkLayer.role(name, (Layer) conf)));
    return new NetworkLayer(
        named.name(),
        named.name(),
        conf.typeName(),
        false,
        parameters,
        conf.weights(),
        conf.kernel(),
        conf.weights().isEmpty() ? null : conf.getSeed(), // as of networks
        conf.getTiedTo(),
        conf.getCoefficientBits(),
        roles,
        conf.getFrozenParameters());
  }

  /** A layer that is trained directly, with the seed that its network gives it. */
  private static ReparameterizedLayer kept(NamedLayer named, long networkSeed) {
    ReparameterizedLayer trained = (ReparameterizedLayer) named.layer();
    if (trained.getSeed() == null) {
      trained.setSeed(Seeds.derive(networkSeed, named.name()));
    }
    return trained;
  }

  private static ReparameterizedLayer held(NamedLayer named, Decision decision, AdapterPlan plan) {
    ReparameterizedLayer plain = ((ReparameterizedLayer) named.layer()).plain();
    int bits = BaseLayers.bits(plain, plan, decision);
    Map<String, FrozenParameter> frozen = new LinkedHashMap<>();
    plain
        .directParameters()
        .forEach(
            (name, direct) ->
                frozen.put(name, new FrozenParameter(absent(named, name, 0), direct.length())));
    return BaseLayers.frozen(
        named, plain, weight -> absent(named, weight.name(), bits), frozen, plan, decision, true);
  }

  /** With the digest of its name, since its numbers are not read. */
  private static FrozenWeight.Given absent(NamedLayer layer, String weight, int bits) {
    String owner = ((ReparameterizedLayer) layer.layer()).getTiedTo();
    ByteBuffer name =
        StandardCharsets.UTF_8.encode((owner == null ? layer.name() : owner) + "." + weight);
    return new FrozenWeight.Given(new Sha256().update(name).hex(), BaseLayers.source(layer), bits);
  }

  /** Zeros in place of what is trained. */
  private static Map<String, INDArray> parameters(ReparameterizedLayer conf) {
    Map<String, INDArray> parameters = new LinkedHashMap<>();
    for (WeightSpec weight : conf.ownWeights()) {
      weight
          .factorize(0)
          .factors()
          .forEach(
              factor ->
                  parameters.put(
                      conf.parameterName(weight, factor),
                      Nd4j.zeros(
                          factor.parameterShape().stream().mapToLong(Long::longValue).toArray())));
    }
    conf.trainedParameters()
        .forEach((name, direct) -> parameters.put(name, Nd4j.zeros(direct.shape())));
    return parameters;
  }
}
