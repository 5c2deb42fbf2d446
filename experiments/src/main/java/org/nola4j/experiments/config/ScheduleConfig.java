// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;

/** How the learning rate changes from epoch to epoch, chosen by {@code kind}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(ScheduleConfig.Constant.class),
  @JsonSubTypes.Type(ScheduleConfig.Step.class),
  @JsonSubTypes.Type(ScheduleConfig.Cosine.class)
})
public sealed interface ScheduleConfig {

  /**
   * What the learning rate is multiplied by in an epoch.
   *
   * @param epoch the epoch, from 1
   * @param epochs how many there are
   */
  double multiplier(int epoch, int epochs);

  /** The same in all epochs. */
  @JsonTypeName("constant")
  record Constant() implements ScheduleConfig {
    @Override
    public double multiplier(int epoch, int epochs) {
      return 1;
    }
  }

  /**
   * Multiplied by a factor after every so many epochs.
   *
   * @param every epochs between two changes
   * @param factor what the rate is multiplied by
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

  /** Half a cosine: from the full rate in the first epoch towards 0 after the last. */
  @JsonTypeName("cosine")
  record Cosine() implements ScheduleConfig {
    @Override
    public double multiplier(int epoch, int epochs) {
      return 0.5 * (1 + Math.cos(Math.PI * (epoch - 1) / epochs));
    }
  }
}
