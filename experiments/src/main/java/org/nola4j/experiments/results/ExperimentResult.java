// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * One run's record, as it is stored.
 *
 * @param experiment the experiment's name
 * @param method the method's name
 * @param seed the run's seed
 * @param config the configuration as it was run; a tree, so that old results stay readable
 * @param dataset the data
 * @param parameters how many numbers are trained, stored and frozen
 * @param adapterBytes size of the file with everything that was trained
 * @param epochs what each epoch gave
 * @param finalMetrics the trained network's figures
 * @param best the epoch with the best test accuracy, {@code null} if none was measured; results of
 *     earlier versions do not have it, and it is taken from their epochs
 * @param timing how long it took
 * @param environment what it ran on
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

  /** Which run this is. */
  @JsonIgnore
  public RunId id() {
    return new RunId(experiment, method, seed);
  }
}
