// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.RunId;

/**
 * A run of a grid.
 *
 * @param experiment what trains it
 * @param config the configuration as run and recorded, with the names of grid and cell
 */
public record GridRun(String experiment, ExperimentConfig config) {

  /** Identifies its files. */
  public RunId id() {
    return RunId.of(config);
  }
}
