// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleFunction;

/** Losses of a network whose head alone is trained, by the learning rate, each measured once. */
final class LossesAlone {
  private final DoubleFunction<Double> measure;
  private final Map<Double, Double> byRate = new HashMap<>();

  LossesAlone(DoubleFunction<Double> measure) {
    this.measure = measure;
  }

  /**
   * Fails unless training more than the head has a smaller loss.
   *
   * @param most of the head's loss
   */
  void assertGain(double rate, double trained, double most) {
    double alone = byRate.computeIfAbsent(rate, measure::apply);
    assertTrue(trained < most * alone, trained + " with, " + alone + " without");
  }
}
