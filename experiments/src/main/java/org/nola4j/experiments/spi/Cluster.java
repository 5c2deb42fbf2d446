// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.nio.file.Path;
import java.util.Optional;
import org.nola4j.experiments.config.ExperimentConfig;

/** Machines for parameter averaging. */
public interface Cluster extends AutoCloseable {
  /**
   * Prepares the machines for a run, and checks that each has the same network and data.
   *
   * @param data the user's data folder
   * @param results the folder of results
   * @param digest of the network and the data on this machine
   * @throws org.nola4j.experiments.common.UserException if one has not, naming it and the remedy
   */
  Workers open(ExperimentConfig config, Optional<Path> data, Path results, String digest);

  /** Frees the machines. */
  @Override
  default void close() {}
}
