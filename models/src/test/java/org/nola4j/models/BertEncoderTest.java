// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.models.checkpoint.BertDimensions;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.transformer.TransformerBlock;

class BertEncoderTest {
  private static final INDArray IDS =
      Nd4j.createFromArray(new float[][] {{1, 2, 3, 0}, {4, 5, 6, 7}});
  private static final INDArray MASK =
      Nd4j.createFromArray(new float[][] {{1, 1, 1, 0}, {1, 1, 1, 1}});

  private static BertEncoder.Builder small() {
    return BertEncoder.builder()
        .vocabularySize(11)
        .width(8)
        .blocks(2)
        .heads(2)
        .mlpWidth(12)
        .maxPositions(6);
  }

  private static INDArray output(ComputationGraph network) {
    return network.output(false, new INDArray[] {IDS}, new INDArray[] {MASK})[0];
  }

  @Test
  void sizesOfMiniLm() {
    assertEquals(22_565_376, new BertDimensions(30_522, 512, 2, 384, 6, 1536).parameters());
    ComputationGraph small = small().build().init();
    assertEquals(new BertDimensions(11, 6, 2, 8, 2, 12).parameters(), small.numParams());
  }

  @ParameterizedTest
  @EnumSource(BertEncoder.Pooling.class)
  void vectorsAndTheirLengths(BertEncoder.Pooling pooling) {
    INDArray plain = output(small().pooling(pooling).build().init());
    INDArray unit = output(small().pooling(pooling).normalize(true).build().init());
    assertArrayEquals(new long[] {2, 8}, plain.shape());
    for (int i = 0; i < 2; i++) {
      assertEquals(1, unit.getRow(i).norm2Number().doubleValue(), 1e-5);
      INDArray expected = plain.getRow(i).div(plain.getRow(i).norm2Number());
      assertTrue(expected.equalsWithEps(unit.getRow(i), 1e-5));
    }
  }

  @Test
  void classesAndPlan() {
    Lora lora = Lora.on(FrozenWeight.seeded(), 1);
    BertEncoder model =
        small().classes(3).plan(ReparameterizationPlan.dense().with("block1.q", lora)).build();
    ComputationGraph network = model.init();
    INDArray probabilities = output(network);
    assertArrayEquals(new long[] {2, 3}, probabilities.shape());
    assertEquals(2, probabilities.sumNumber().doubleValue(), 1e-5);
    TransformerBlock block = (TransformerBlock) network.getLayer("block1").conf().getLayer();
    assertEquals(lora, block.getReparameterizations().get("q"));
    ComputationGraphConfiguration conf = model.conf();
    assertEquals(conf, ComputationGraphConfiguration.fromJson(conf.toJson()));
  }

  @Test
  void errorsSayWhatIsWrong() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> small().classes(1));
    assertEquals("classes must be 0 or at least 2, but is 1", e.getMessage());
    e = assertThrows(IllegalStateException.class, () -> BertEncoder.sized(8, 2).build());
    assertTrue(e.getMessage().startsWith("heads must be set"), e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> small().build().setInputShape(new int[][] {{3, 8, 8}}));
    assertEquals("BertEncoder takes one input of shape [tokens]", e.getMessage());
  }
}
