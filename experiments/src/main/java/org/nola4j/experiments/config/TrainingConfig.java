package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How a network is trained.
 *
 * @param epochs passes over the training set
 * @param batchSize examples a step
 * @param optimizer rule that turns gradients into steps
 * @param learningRate the optimizer's, before the schedule
 * @param schedule how the learning rate changes from epoch to epoch
 */
public record TrainingConfig(
    int epochs, int batchSize, Optimizer optimizer, double learningRate, ScheduleConfig schedule) {

  /** Rules that turn gradients into steps, with Deeplearning4j's defaults. */
  public enum Optimizer {
    /** Adam. */
    @JsonProperty("adam")
    ADAM,
    /** Stochastic gradient descent. */
    @JsonProperty("sgd")
    SGD,
    /** Gradient descent with Nesterov's momentum. */
    @JsonProperty("nesterovs")
    NESTEROVS
  }

  /** Checks the ranges. */
  public TrainingConfig {
    Require.atLeast("epochs", 1, epochs);
    Require.atLeast("batchSize", 1, batchSize);
    Require.present("optimizer", optimizer);
    Require.positive("learningRate", learningRate);
    Require.present("schedule", schedule);
  }

  /**
   * The learning rate of an epoch.
   *
   * @param epoch the epoch, from 1
   */
  public double learningRateIn(int epoch) {
    return learningRate * schedule.multiplier(epoch, epochs);
  }
}
