// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * The stored record of a run.
 *
 * @param experiment the experiment's name
 * @param method the method's name
 * @param seed the run's seed
 * @param config the configuration of the run; a tree, so that old results stay readable
 * @param dataset the data
 * @param parameters how many numbers are trained, stored, and frozen
 * @param adapterBytes size of the file with everything that was trained; 0 for an unfinished run
 * @param epochs the results of each epoch
 * @param finalMetrics the metrics of the trained network
 * @param best the epoch with the best test accuracy, {@code null} if none was measured; computed
 *     from the epochs for results of earlier versions
 * @param timing the duration
 * @param environment the environment
 */
public record ExperimentResult(
    String experiment,
    String method,
    long seed,
    JsonNode config,
    DatasetSummary dataset,
    ParameterCounts parameters,
    long adapterBytes,
    List<EpochResult> epochs,
    @JsonProperty("final") FinalMetrics finalMetrics,
    BestEpoch best,
    Timing timing,
    Environment environment) {

  /** Says below tables what they show of unfinished runs. */
  public static final String UNFINISHED =
      "Of an unfinished run: what its last epoch had, with the mean training loss over that epoch.";

  /** Checks that nothing is missing. */
  public ExperimentResult {
    RequiredFields.present("experiment", experiment);
    RequiredFields.present("method", method);
    RequiredFields.present("config", config);
    RequiredFields.present("dataset", dataset);
    RequiredFields.present("parameters", parameters);
    RequiredFields.present("epochs", epochs);
    RequiredFields.present("final", finalMetrics);
    RequiredFields.present("timing", timing);
    RequiredFields.present("environment", environment);
    epochs = List.copyOf(epochs);
    best = best == null ? BestEpoch.of(epochs) : best;
  }

  /** Whether the run has not ended, so that this is what it had so far. */
  @JsonIgnore
  public boolean unfinished() {
    return adapterBytes == 0;
  }

  /** How many epochs it has: "200", or "64 of 200" of an unfinished one. */
  public String epochCount() {
    String done = String.valueOf(epochs.size());
    return unfinished() ? done + " of " + config.at("/training/epochs").asInt() : done;
  }

  /** Identifies the run. */
  @JsonIgnore
  public RunId id() {
    return new RunId(experiment, method, seed);
  }
}
