// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Nola;

class Gpt2Test {
  static Stream<Arguments> presets() {
    return Stream.of(
        Arguments.of(Gpt2.small(), 124_439_808L),
        Arguments.of(Gpt2.medium(), 354_823_168L),
        Arguments.of(Gpt2.large(), 774_030_080L));
  }

  /** Counted without a network, which would take gigabytes. */
  @ParameterizedTest
  @MethodSource("presets")
  void parameters(Gpt2.Builder builder, long expected) {
    long parameters =
        builder.build().conf().getVertices().values().stream()
            .mapToLong(vertex -> vertex.numParams(false))
            .sum();
    assertEquals(expected, parameters);
  }

  @Test
  void learnsASequence() {
    ComputationGraph network =
        Gpt2.sized(16, 2)
            .heads(2)
            .vocabularySize(5)
            .maxPositions(8)
            .labelSmoothing(0.05)
            .updater(new Adam(0.02))
            .build()
            .init();
    INDArray ids = Nd4j.createFromArray(new float[][] {{0, 1, 2, 3, 4, 0, 1}});
    INDArray labels = Nd4j.createFromArray(new float[][] {{1, 2, 3, 4, 0, 1, 2}});
    for (int i = 0; i < 60; i++) {
      network.fit(new DataSet(ids, labels));
    }
    assertEquals(labels, network.outputSingle(ids).argMax(2).castTo(labels.dataType()));
  }

  @Test
  void theEmbeddingIsDense() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Gpt2.small().plan(ReparameterizationPlan.all(Nola.scratch(2, 5, 5))).build())
            .getMessage();
    assertTrue(message.contains("must be dense"), message);
    Gpt2.small()
        .plan(ReparameterizationPlan.all(Nola.scratch(2, 5, 5)).with(Gpt2.EMBEDDING, new Dense()))
        .build();
    assertThrows(IllegalStateException.class, () -> Gpt2.sized(48, 3).build());
  }
}
