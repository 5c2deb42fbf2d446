// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import org.nola4j.experiments.config.ExperimentConfig;

/**
 * Creates a network and its data from a configuration.
 *
 * <p>Its methods are the files in {@code configs/<name>}. The application provides the training
 * loop, checkpoints, progress, and results. An implementation is stateless, has a public
 * no-argument constructor, and is listed in {@code META-INF/services}.
 */
public interface Experiment {
  /** The name on the command line and of its configuration folder. */
  String name();

  /** A description of one line. */
  String description();

  /**
   * Plans a run without training: reads only what tells sizes, such as the labels of texts.
   *
   * @throws org.nola4j.experiments.common.UserException if the configuration cannot be run
   */
  Plan plan(ExperimentConfig config, RunContext context);

  /** Plans a run whose files are in the usual places. */
  default Plan plan(ExperimentConfig config) {
    return plan(config, RunContext.USUAL);
  }

  /**
   * Adds digests of the files that a run would read in addition to its data, so that results record
   * them and a run with replaced files is not mistaken for the same one. Missing files are ignored.
   */
  default ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    return config;
  }

  /**
   * Reads the data and builds the network in its initial state.
   *
   * @throws org.nola4j.experiments.common.UserException if the configuration cannot be run or the
   *     data is missing
   */
  Run start(ExperimentConfig config, RunContext context);
}
