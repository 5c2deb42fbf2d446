// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;

/** The learning-rate schedule over epochs, chosen by {@code kind}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(ScheduleConfig.Constant.class),
  @JsonSubTypes.Type(ScheduleConfig.Step.class),
  @JsonSubTypes.Type(ScheduleConfig.Cosine.class)
})
public sealed interface ScheduleConfig {

  /**
   * The factor of the learning rate in an epoch.
   *
   * @param epoch the epoch, from 1
   * @param epochs the number of epochs
   */
  double multiplier(int epoch, int epochs);

  /** Constant. */
  @JsonTypeName("constant")
  record Constant() implements ScheduleConfig {
    @Override
    public double multiplier(int epoch, int epochs) {
      return 1;
    }
  }

  /**
   * Multiplied by a factor every few epochs.
   *
   * @param every number of epochs between changes
   * @param factor the factor
   */
  @JsonTypeName("step")
  record Step(int every, double factor) implements ScheduleConfig {
    /** Checks the ranges. */
    public Step {
      ConfigChecks.atLeast("every", 1, every);
      ConfigChecks.positive("factor", factor);
    }

    @Override
    public double multiplier(int epoch, int epochs) {
      int changes = (epoch - 1) / every;
      return Math.pow(factor, changes);
    }
  }

  /** Half a cosine: from the full rate in the first epoch toward 0 after the last. */
  @JsonTypeName("cosine")
  record Cosine() implements ScheduleConfig {
    @Override
    public double multiplier(int epoch, int epochs) {
      return 0.5 * (1 + Math.cos(Math.PI * (epoch - 1) / epochs));
    }
  }
}
