// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

@Tag("slow")
class LeNetTest {
  @Test
  void isLeNet5() {
    MultiLayerNetwork network = LeNet.builder().build().init();
    assertEquals(61_706, network.numParams());
    assertArrayEquals(new long[] {3, 10}, network.output(Nd4j.rand(3, 784)).shape());
    assertEquals(84 * 3 + 3, numbersOf(LeNet.builder().nOut(3).build().init(), "out"));
  }

  private static long numbersOf(MultiLayerNetwork network, String layer) {
    return network.getLayer(layer).numParams();
  }

  @Test
  void seedDecidesTheWeights() {
    INDArray one = LeNet.builder().seed(5).build().init().params();
    assertEquals(one, LeNet.builder().seed(5).build().init().params());
    assertTrue(!one.equals(LeNet.builder().seed(6).build().init().params()));
  }

  @Test
  void learns() {
    MultiLayerNetwork network = LeNet.builder().build().init();
    Nd4j.getRandom().setSeed(1);
    INDArray labels = Nd4j.eye(10);
    DataSet examples = new DataSet(Nd4j.rand(10, 784), labels);
    double before = network.score(examples);
    for (int step = 0; step < 60; step++) {
      network.fit(examples);
    }
    assertTrue(network.score(examples) < 0.5 * before, before + " to " + network.score(examples));
  }

  @Test
  void onlyItsOwnInputShapeIsTaken() {
    LeNet leNet = LeNet.builder().build();
    leNet.setInputShape(new int[][] {{1, 28, 28}});
    assertThrows(
        IllegalArgumentException.class, () -> leNet.setInputShape(new int[][] {{3, 28, 28}}));
  }
}
