// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ScheduleConfigTest {
  @Test
  void stepChangesAfterEveryPeriod() {
    ScheduleConfig step = new ScheduleConfig.Step(2, 0.5);
    assertEquals(1, step.multiplier(1, 9));
    assertEquals(1, step.multiplier(2, 9));
    assertEquals(0.5, step.multiplier(3, 9));
    assertEquals(0.25, step.multiplier(5, 9));
  }

  @Test
  void cosineFallsFromOneTowardsZero() {
    ScheduleConfig cosine = new ScheduleConfig.Cosine();
    assertEquals(1, cosine.multiplier(1, 10));
    assertEquals(0.5, cosine.multiplier(6, 10), 1e-12);
    assertEquals(0.5 * (1 + Math.cos(0.9 * Math.PI)), cosine.multiplier(10, 10), 1e-12);
  }

  @Test
  void linearRisesInStepsAndFallsToZero() {
    ScheduleConfig linear = new ScheduleConfig.Linear(4);
    assertEquals(0, linear.multiplierIn(0, 6, 2));
    assertEquals(0.5, linear.multiplierIn(2, 6, 2));
    assertEquals(1, linear.multiplierIn(4, 6, 2));
    assertEquals(0.125, linear.multiplierIn(11, 6, 2));
    assertEquals(0.25, linear.multiplier(2, 2));
    assertEquals(1, new ScheduleConfig.Linear(null).multiplierIn(0, 6, 2));
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> linear.multiplierIn(0, 2, 2));
    assertEquals(
        "training.schedule.warmupSteps must be less than the run's 4 steps, was 4",
        error.getMessage());
  }

  @Test
  void othersAreThoseOfTheEpoch() {
    ScheduleConfig step = new ScheduleConfig.Step(1, 0.5);
    assertEquals(1, step.multiplierIn(2, 3, 2));
    assertEquals(0.5, step.multiplierIn(3, 3, 2));
  }
}
