// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class WarmupScheduleTest {
  private static IUpdater adam() {
    return Adam.builder().learningRateSchedule(new WarmupSchedule(0.1, 2, 6)).epsilon(1e-6).build();
  }

  @Test
  void risesAndFallsLinearly() {
    WarmupSchedule schedule = new WarmupSchedule(0.1, 2, 6);
    double[] rates = {0, 0.05, 0.1, 0.075, 0.05, 0.025, 0, 0};
    for (int step = 0; step < rates.length; step++) {
      assertEquals(rates[step], schedule.valueAt(step, 0), 1e-15);
    }
    assertEquals(3, new WarmupSchedule(3, 0, 1).valueAt(0, 9));
  }

  @Test
  void isPartOfAConfiguration() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(adam())
            .list()
            .layer(
                new OutputLayer.Builder(LossFunction.MSE)
                    .activation(Activation.IDENTITY)
                    .nIn(2)
                    .nOut(1)
                    .build())
            .build();
    assertEquals(conf, MultiLayerConfiguration.fromJson(conf.toJson()));
  }

  /**
   * Adam with decoupled decay 0.01 over four steps. The first expected values are of LoRA's
   * optimizer; those of PyTorch's AdamW differ by where epsilon stands: both were computed in
   * Python by their formulas.
   */
  @Test
  void adamWithDecoupledDecay() {
    double[][] gradients = {{0.1, -0.2}, {0.3, 0.05}, {-0.2, 1e-5}, {0.05, -0.4}};
    IUpdater adam = adam();
    INDArray weights = Nd4j.createFromArray(new double[][] {{0.5, -1}});
    GradientUpdater<?> updater =
        adam.instantiate(Nd4j.zeros(DataType.DOUBLE, 1, adam.stateSize(2)), true);
    Regularization decay = new WeightDecay(0.01, true);
    for (int step = 0; step < gradients.length; step++) {
      INDArray update = Nd4j.createFromArray(new double[][] {gradients[step]});
      updater.applyUpdater(update, step, 0);
      double rate = adam.getLearningRate(step, 0);
      if (rate == 0) {
        // DL4J's kernel takes epsilon for a rate of zero.
        assertEquals(1e-6 * Math.sqrt(10), Math.abs(update.getDouble(0)), 2e-9);
      } else {
        decay.apply(weights, update, rate, step, 0);
        weights.subi(update);
      }
    }
    double[] found = weights.toDoubleVector();
    assertArrayEquals(new double[] {0.4058219721369051, -0.8891172522917865}, found, 1e-12);
    assertArrayEquals(new double[] {0.4058138496600776, -0.889105332280888}, found, 2e-5);
  }

  @Test
  void rangesAreChecked() {
    assertEquals(
        "training needs more steps than its warm-up, but has 5 and 5",
        assertThrows(IllegalArgumentException.class, () -> new WarmupSchedule(1, 5, 5))
            .getMessage());
    assertEquals(
        "the highest rate must be positive, but is 0.0",
        assertThrows(IllegalArgumentException.class, () -> new WarmupSchedule(0, 5, 6))
            .getMessage());
  }
}
