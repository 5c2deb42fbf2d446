// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.weights.MaterializedFactor;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

/** Layers wait for one another only where they have something in common. */
class NetworkUnderConstructionTest {
  private static final Reparameterization NOLA = Nola.scratch(2, 5, 4);

  @Test
  void layersWithSeedsOfTheirOwnStayAlone() {
    assertEquals(List.of(false, false, false, false), shared(network(NOLA, null, null)));
    assertEquals(List.of(false, false, false, false), shared(network(NOLA, 7L, 8L)));
    assertEquals(List.of(false, false, false, false), shared(network(NOLA, 7L, null)));
  }

  @Test
  void layersWithEqualSeedsShareTheirBases() {
    assertEquals(List.of(true, true, true, true), shared(network(NOLA, 7L, 7L)));
  }

  @Test
  void cloningAsksForNothingNew() {
    assertEquals(List.of(false, false, false, false), shared(network(NOLA, null, null).clone()));
    assertEquals(List.of(true, true, true, true), shared(network(NOLA, 7L, 7L).clone()));
  }

  @Test
  void methodsThatGenerateNothingHaveNothingToShare() {
    assertEquals(List.of(false, false), shared(network(HashedNet.scratch(3), 7L, 7L)));
    Reparameterization lora = Lora.on(FrozenWeight.seeded(), 1);
    assertEquals(List.of(false, false, false, false), shared(network(lora, 7L, 7L)));
  }

  /** Training asks DL4J's questions again. */
  @Test
  void networksBeforeLeaveNothing() {
    MultiLayerNetwork before = network(NOLA, 7L, null);
    before.fit(Nd4j.ones(2, 6), Nd4j.ones(2, 3));
    assertEquals(List.of(false, false, false, false), shared(network(NOLA, null, 8L)));
  }

  /** Of each factor of two layers of one shape. */
  private static List<Boolean> shared(MultiLayerNetwork network) {
    return Arrays.stream(network.getLayers())
        .filter(RuntimeLayer.class::isInstance)
        .flatMap(layer -> ((RuntimeLayer) layer).weights().stream())
        .flatMap(weight -> weight.factors().stream())
        .map(MaterializedFactor::isShared)
        .toList();
  }

  private static MultiLayerNetwork network(Reparameterization method, Long first, Long second) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .list()
                .layer(dense(method, first))
                .layer(dense(method, second))
                .layer(new OutputLayer.Builder().nOut(3).build())
                .setInputType(InputType.feedForward(6))
                .build());
    network.init();
    return network;
  }

  private static NolaDense dense(Reparameterization method, Long seed) {
    NolaDense.Builder builder = new NolaDense.Builder().nOut(6).reparameterization(method);
    return (seed == null ? builder : builder.seed(seed)).build();
  }
}
