// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.nola4j.experiments.config.ExperimentConfig;

/**
 * Identifies a run.
 *
 * @param experiment the experiment's name
 * @param method the method's name
 * @param seed the run's seed
 */
public record RunId(String experiment, String method, long seed) {

  /** The run that a configuration describes. */
  public static RunId of(ExperimentConfig config) {
    return new RunId(config.experiment(), config.method(), config.seed());
  }

  /** The common prefix of this run's file names. */
  @JsonIgnore
  public String fileStem() {
    return method + "-seed" + seed;
  }

  @Override
  public String toString() {
    return "%s %s seed %d".formatted(experiment, method, seed);
  }
}
