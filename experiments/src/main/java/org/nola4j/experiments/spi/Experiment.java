// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import org.nola4j.experiments.config.ExperimentConfig;

/**
 * A network, its data and how both follow from a configuration.
 *
 * <p>Its methods are the files in {@code configs/<name>}; the training loop, checkpoints, progress
 * and results are the application's. An implementation is stateless, has a public constructor
 * without arguments and is listed in {@code META-INF/services}.
 */
public interface Experiment {
  /** The name on the command line and of the folder with its configurations. */
  String name();

  /** What is trained on what, in one line. */
  String description();

  /**
   * What a run would train and store, without data and without training.
   *
   * @throws org.nola4j.experiments.common.UserException if the configuration cannot be run
   */
  Plan plan(ExperimentConfig config);

  /**
   * The configuration, completed by the digests of the files that a run would read beside its data,
   * so that a record says what they held and a run whose files were replaced is not taken for the
   * same one. Files that are not there are left out.
   */
  default ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    return config;
  }

  /**
   * Reads the data and builds the network in its initial state.
   *
   * @throws org.nola4j.experiments.common.UserException if the configuration cannot be run or the
   *     data is not there
   */
  Run start(ExperimentConfig config, RunContext context);
}
