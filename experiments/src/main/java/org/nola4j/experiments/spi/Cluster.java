// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.ResultStore;

/** Machines for parameter averaging. */
public interface Cluster extends AutoCloseable {
  /**
   * Prepares the machines for a run, and checks that each has the same network and data.
   *
   * @param data the user's data folder
   * @param results where results are
   * @param notes receives messages for the user
   * @param digest of the network and the data on this machine
   * @throws org.nola4j.experiments.common.UserException if one has not, naming it and the remedy
   */
  Workers open(
      ExperimentConfig config,
      Optional<Path> data,
      ResultStore results,
      Consumer<String> notes,
      String digest);

  /** For the record of a run, such as {@code Spark 3.5.9, local[2]}. */
  String description();

  /** Frees the machines. */
  @Override
  default void close() {}
}
