// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * How a network is trained.
 *
 * @param epochs passes over the training set; 0 measures a frozen network as it is
 * @param batchSize examples per step
 * @param optimizer the optimizer
 * @param learningRate the optimizer's learning rate before the schedule: of the trained numbers, or
 *     of the weights that they make
 * @param scaledRate whether {@code learningRate} is that of weights, from which every layer's rate
 *     for its coefficients follows; {@code null}, for no, in what was recorded before there was a
 *     choice
 * @param schedule the learning-rate schedule
 * @param labelSmoothing share of a label that is spread over all classes, from 0 to less than 1;
 *     {@code null} for none
 * @param weightDecay share of the learning rate by which every step shrinks the trained weights,
 *     apart from the gradient (AdamW, Loshchilov and Hutter, ICLR 2019); {@code null} for none
 * @param epsilon Adam's; {@code null} for 1e-8
 * @param maxGradientNorm length to which a longer gradient of all trained numbers is shortened
 *     before a step; {@code null} for no limit
 * @param gradientAccumulation batches whose mean gradient makes one step, so that a step sees
 *     {@code batchSize} times as many examples in the memory of one batch; {@code null} for 1. The
 *     mean is over batches: each weighs the same, however many examples or labeled tokens it has.
 *     What is left of an epoch makes a step of its own, and schedules count steps
 * @param averaging parameter averaging over several copies of the network; {@code null} for none
 */
public record TrainingConfig(
    int epochs,
    int batchSize,
    Optimizer optimizer,
    double learningRate,
    @JsonInclude(JsonInclude.Include.NON_NULL) Boolean scaledRate,
    ScheduleConfig schedule,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double labelSmoothing,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double weightDecay,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double epsilon,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double maxGradientNorm,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer gradientAccumulation,
    @JsonInclude(JsonInclude.Include.NON_NULL) AveragingConfig averaging) {

  /** Optimizers, with Deeplearning4j's defaults. */
  public enum Optimizer {
    /** Adam. */
    @JsonProperty("adam")
    ADAM,
    /** Stochastic gradient descent. */
    @JsonProperty("sgd")
    SGD,
    /** Gradient descent with Nesterov momentum. */
    @JsonProperty("nesterovs")
    NESTEROVS
  }

  /** Checks the ranges. */
  public TrainingConfig {
    ConfigChecks.atLeast("epochs", 0, epochs);
    ConfigChecks.atLeast("batchSize", 1, batchSize);
    ConfigChecks.present("optimizer", optimizer);
    ConfigChecks.positive("learningRate", learningRate);
    ConfigChecks.present("schedule", schedule);
    if (Boolean.TRUE.equals(scaledRate) && optimizer != Optimizer.ADAM) {
      throw new IllegalArgumentException(
          "scaledRate needs the optimizer adam, whose steps do not grow with the gradient, but it"
              + " is"
              + " %s: set adam, or leave out scaledRate and set a rate for the coefficients"
                  .formatted(optimizer.name().toLowerCase(Locale.ROOT)));
    }
    ConfigChecks.atLeast("gradientAccumulation", 1, gradientAccumulation);
    if (averaging != null && gradientAccumulation != null && gradientAccumulation > 1) {
      throw new IllegalArgumentException(
          "gradientAccumulation is %d, but with averaging each copy makes a step for every batch:"
                  .formatted(gradientAccumulation)
              + " remove one of the two");
    }
    if (maxGradientNorm != null) {
      ConfigChecks.positive("maxGradientNorm", maxGradientNorm);
    }
    if (labelSmoothing != null && !(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          "labelSmoothing must be at least 0 and less than 1, was " + labelSmoothing);
    }
    if (weightDecay != null && !(weightDecay >= 0 && weightDecay < 1)) {
      throw new IllegalArgumentException(
          "weightDecay must be at least 0 and less than 1, was " + weightDecay);
    }
    if (epsilon != null) {
      ConfigChecks.positive("epsilon", epsilon);
      if (optimizer != Optimizer.ADAM) {
        throw new IllegalArgumentException(
            "epsilon is the optimizer adam's, but it is %s: remove it"
                .formatted(optimizer.name().toLowerCase(Locale.ROOT)));
      }
    }
  }

  /** Whether the learning rate is that of weights. */
  public boolean scalesRate() {
    return Boolean.TRUE.equals(scaledRate);
  }

  /** Batches whose mean gradient makes one step. */
  public int batchesPerStep() {
    return gradientAccumulation == null ? 1 : gradientAccumulation;
  }

  /**
   * The learning rate in a step.
   *
   * @param step the step of the whole run, from 0
   * @param stepsPerEpoch the number of steps of an epoch
   * @throws IllegalArgumentException if the run is too short for the schedule
   */
  public double learningRateInStep(int step, int stepsPerEpoch) {
    return learningRate * schedule.multiplierIn(step, stepsPerEpoch, epochs);
  }

  /**
   * The learning rate in an epoch; where it changes from step to step, that in the middle.
   *
   * @param epoch the epoch, from 1
   */
  public double learningRateIn(int epoch) {
    return learningRate * schedule.multiplier(epoch, epochs);
  }
}
