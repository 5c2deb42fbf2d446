// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.OptionalInt;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.layers.Bias;
import org.nola4j.layers.NolaDense;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;

class MlpTest {
  @Test
  void defaultIsThePapersNetwork() {
    MultiLayerNetwork network = Mlp.builder().build().init();
    assertEquals(784 * 256 + 256 + 256 * 10 + 10, network.numParams());
    assertArrayEquals(new long[] {3, 10}, network.output(Nd4j.rand(3, 784)).shape());
  }

  @Test
  void countsFollowThePlan() {
    MultiLayerNetwork network =
        Mlp.builder()
            .bias(Bias.FOLDED)
            .plan(
                ReparameterizationPlan.all(Nola.on(FrozenWeight.seeded(), 4, 16, 16))
                    .with("dense2", Pranc.scratch(5)))
            .build()
            .init();
    ParameterCount count = ParameterCount.of(network);
    assertEquals(32 + 5, count.coefficients());
    assertEquals(0, count.biases());
    assertEquals(785 * 256, count.frozen());
  }

  @Test
  void coefficientBitsFollowThePlan() {
    MultiLayerNetwork network =
        Mlp.builder()
            .hidden(8, 8)
            .plan(
                ReparameterizationPlan.all(Pranc.scratch(5))
                    .withCoefficientBits(4)
                    .withCoefficientBits("dense2", 8)
                    .withCoefficientBits("dense3", 0))
            .build()
            .init();
    int[] bits = new int[3];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = ((NolaDense) network.getLayer(i).conf().getLayer()).getCoefficientBits();
    }
    assertArrayEquals(new int[] {4, 8, 0}, bits);
  }

  @Test
  void thePlanSaysWhetherTheRateIsThatOfWeights() {
    ReparameterizationPlan plan = ReparameterizationPlan.all(Nola.scratch(2, 5, 4));
    for (boolean scaled : new boolean[] {false, true}) {
      MultiLayerNetwork network =
          Mlp.builder().hidden(8).plan(scaled ? plan.withScaledRate() : plan).build().init();
      for (int i = 0; i < 2; i++) {
        NolaDense layer = (NolaDense) network.getLayer(i).conf().getLayer();
        assertEquals(scaled, layer.isScaledRate());
      }
    }
  }

  @Test
  void sharedCoefficientsMayHaveFewBits() {
    MultiLayerNetwork network =
        Mlp.builder()
            .plan(
                ReparameterizationPlan.all(Pranc.scratch(5))
                    .withCoefficientBits(3)
                    .sharedFrom("dense1"))
            .build()
            .init();
    assertEquals(OptionalInt.of(3), Adapter.of(network).bits("dense1", "alpha"));
  }

  @Test
  void plansAreImmutable() {
    ReparameterizationPlan plan = ReparameterizationPlan.dense();
    plan.with("dense1", Pranc.scratch(1));
    plan.withCoefficientBits(3);
    plan.withScaledRate();
    plan.withCoefficientBits("dense1", 3);
    assertEquals(0, plan.coefficientBits("dense1"));
    assertEquals(new Dense(), plan.method("dense1"));
  }

  @Test
  void layersOfOneShapeShareBasesWhereThePlanSaysSo() {
    ReparameterizationPlan plan =
        ReparameterizationPlan.all(Nola.scratch(2, 5, 4))
            .with("dense4", new Dense())
            .withSharedBases();
    MultiLayerNetwork network =
        Mlp.builder().nIn(6).hidden(6, 6, 6).nOut(3).plan(plan).build().init();
    List<Long> seeds = NetworkLayer.of(network).stream().map(NetworkLayer::seed).toList();
    assertEquals(seeds.get(0), seeds.get(1));
    assertEquals(seeds.get(0), seeds.get(2));
    assertNotEquals(seeds.get(0), seeds.get(3));
  }

  @Test
  void inputShapeCanBeSetTheZooWay() {
    Mlp mlp = Mlp.builder().hidden(8, 6).nOut(3).build();
    mlp.setInputShape(new int[][] {{5}});
    MultiLayerNetwork network = mlp.init();
    assertEquals(5 * 8 + 8 + 8 * 6 + 6 + 6 * 3 + 3, network.numParams());
    assertThrows(
        IllegalArgumentException.class, () -> mlp.setInputShape(new int[][] {{1, 28, 28}}));
  }
}
