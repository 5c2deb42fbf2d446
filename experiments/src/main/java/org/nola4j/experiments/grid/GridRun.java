// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.RunId;

/**
 * A run of a grid.
 *
 * @param experiment what trains it
 * @param config as it is run and recorded, under the names of grid and cell
 */
public record GridRun(String experiment, ExperimentConfig config) {

  /** Where its files are. */
  public RunId id() {
    return RunId.of(config);
  }
}
