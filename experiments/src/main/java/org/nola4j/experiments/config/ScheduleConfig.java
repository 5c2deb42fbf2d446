// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import org.nola4j.network.WarmupSchedule;

/** The learning-rate schedule over epochs or steps, chosen by {@code kind}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(ScheduleConfig.Constant.class),
  @JsonSubTypes.Type(ScheduleConfig.Step.class),
  @JsonSubTypes.Type(ScheduleConfig.Cosine.class),
  @JsonSubTypes.Type(ScheduleConfig.Linear.class)
})
public sealed interface ScheduleConfig {

  /**
   * The factor of the learning rate in an epoch; for a schedule of steps, that in its middle,
   * without warm-up.
   *
   * @param epoch the epoch, from 1
   * @param epochs the number of epochs
   */
  double multiplier(int epoch, int epochs);

  /**
   * The factor of the learning rate in a step.
   *
   * @param step the step of the whole run, from 0
   * @param stepsPerEpoch the number of steps of an epoch
   * @param epochs the number of epochs
   * @throws IllegalArgumentException if the run is too short for the schedule
   */
  default double multiplierIn(int step, int stepsPerEpoch, int epochs) {
    return multiplier(1 + step / stepsPerEpoch, epochs);
  }

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

  /**
   * From 0 to the full rate in some steps, then, step by step, to 0 after the last: as LoRA and
   * NOLA train GPT-2.
   *
   * @param warmupSteps steps from 0 to the full rate; none if absent
   */
  @JsonTypeName("linear")
  record Linear(Integer warmupSteps) implements ScheduleConfig {
    /** Checks the range. */
    public Linear {
      warmupSteps = warmupSteps == null ? 0 : warmupSteps;
      ConfigChecks.atLeast("warmupSteps", 0, warmupSteps);
    }

    @Override
    public double multiplier(int epoch, int epochs) {
      return 1 - (epoch - 0.5) / epochs;
    }

    @Override
    public double multiplierIn(int step, int stepsPerEpoch, int epochs) {
      int steps = Math.multiplyExact(stepsPerEpoch, epochs);
      if (steps <= warmupSteps) {
        throw new IllegalArgumentException(
            "training.schedule.warmupSteps must be less than the run's %d steps, was %d"
                .formatted(steps, warmupSteps));
      }
      return new WarmupSchedule(1, warmupSteps, steps).valueAt(step, 0);
    }
  }
}
