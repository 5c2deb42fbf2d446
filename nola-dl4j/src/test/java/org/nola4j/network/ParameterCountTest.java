// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nola4j.adapter.Networks;
import org.nola4j.layers.Bias;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

class ParameterCountTest {
  private static final long WEIGHTS = 784 * 256 + 256 * 10;
  private static final long BIASES = 256 + 10;

  record Row(Reparameterization method, Bias bias, ParameterCount count) {}

  /** The MLP of appendix A.2. */
  static List<Row> rows() {
    FrozenWeight seeded = FrozenWeight.seeded();
    return List.of(
        new Row(Nola.scratch(4, 16, 16), Bias.FREE, count(64, BIASES, 0)),
        new Row(Nola.scratch(4, 16, 16), Bias.NONE, count(64, 0, 0)),
        new Row(Nola.scratch(4, 16, 16), Bias.FOLDED, count(64, 0, 0)),
        new Row(Nola.on(seeded, 4, 32, 32), Bias.FREE, count(128, BIASES, WEIGHTS)),
        new Row(Nola.on(seeded, 4, 32, 32), Bias.FOLDED, count(128, 0, WEIGHTS + BIASES)),
        new Row(Pranc.scratch(32), Bias.FREE, count(64, BIASES, 0)),
        new Row(HashedNet.scratch(32), Bias.FREE, count(64, BIASES, 0)),
        new Row(Lora.on(seeded, 1), Bias.NONE, count(784 + 256 + 256 + 10, 0, WEIGHTS)),
        new Row(new Dense(), Bias.FREE, count(203_264, BIASES, 0)));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void countsOfTheMlp(Row row) {
    MultiLayerNetwork network = Networks.mlp(row.method(), row.bias());
    assertEquals(row.count(), ParameterCount.of(network));
    assertEquals(network.numParams(), ParameterCount.of(network).trained());
  }

  @Test
  void sharedCoefficientsCountOnce() {
    FrozenWeight seeded = FrozenWeight.seeded();
    MultiLayerNetwork network = Networks.tied(Nola.on(seeded, 2, 5, 3));
    assertEquals(count(5 + 3, 9 + 4, 12 * 9 + 9 * 9 + 9 * 4), ParameterCount.of(network));
    assertEquals(network.numParams(), ParameterCount.of(network).trained());
  }

  @ParameterizedTest
  @CsvSource({"false, 10", "true, 0"})
  void batchNormalizationAndOrdinaryHeadApart(boolean lockGammaBeta, long affine) {
    ComputationGraph graph = Networks.graph(lockGammaBeta);
    ParameterCount count = ParameterCount.of(graph);
    assertEquals(new ParameterCount(7, 5, affine, 10, 5 * 3 + 3, 0), count);
    assertEquals(7 + 5 + affine + 18, count.trained());
    assertEquals(graph.numParams(), count.stored());
  }

  @Test
  void layersThatDl4jHoldsFrozenCountAsFrozen() {
    ComputationGraph graph =
        new TransferLearning.GraphBuilder(Networks.graph(false))
            .setFeatureExtractor("norm")
            .build();
    assertEquals(new ParameterCount(0, 0, 0, 0, 18, 7 + 5 + 20), ParameterCount.of(graph));
  }

  private static ParameterCount count(long coefficients, long biases, long frozen) {
    return new ParameterCount(coefficients, biases, 0, 0, 0, frozen);
  }
}
