// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.util.Optional;
import java.util.ServiceLoader;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.Cluster;
import org.nola4j.experiments.spi.ClusterProvider;
import picocli.CommandLine.Option;

/** Options for training on several machines. */
final class ClusterOptions {
  @Option(
      names = "--spark",
      paramLabel = "MASTER",
      description =
          "Train copies of the network on Apache Spark and average them: local[2],"
              + " spark://HOST:7077, ... Set training.averaging.workers (copies) and .every (steps"
              + " between averages). Default: on this machine.")
  private String master;

  @Option(
      names = "--ship-data",
      description =
          "With --spark: send the data set to each executor. Default: executors read it from the"
              + " same folder as this machine.")
  private boolean shipsData;

  /** Machines until it is closed. */
  record Connection(Optional<Cluster> cluster) implements AutoCloseable {
    @Override
    public void close() {
      cluster.ifPresent(Cluster::close);
    }
  }

  /**
   * Connects to the machines, if there are to be some.
   *
   * @throws UserException if the module for them is missing
   */
  Connection connect() {
    if (master == null) {
      if (shipsData) {
        throw new UserException("--ship-data is for executors: add --spark MASTER");
      }
      return new Connection(Optional.empty());
    }
    ClusterProvider provider =
        ServiceLoader.load(ClusterProvider.class)
            .findFirst()
            .orElseThrow(
                () ->
                    new UserException(
                        "--spark needs the module nola-spark, which is not on the class path: start"
                            + " by the script nola, which adds it"));
    return new Connection(Optional.of(provider.connect(master, shipsData)));
  }
}
