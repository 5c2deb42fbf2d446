// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
