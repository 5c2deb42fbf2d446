// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.ResultStore;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options for the folders of data and results. */
final class TrainingOptions {
  /** A week. */
  private static final int MOST_MINUTES = 7 * 24 * 60;

  @Mixin private DataOption data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "out",
      description = "Folder for results. Default: ./${DEFAULT-VALUE}")
  private Path out;

  @Option(
      names = "--checkpoint-minutes",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "Minutes between checkpoints within an epoch, that is, how much work may be lost; 0"
              + " writes one after every batch. Default: ${DEFAULT-VALUE}")
  private double checkpointMinutes;

  /**
   * Checks the folders and the interval.
   *
   * @throws UserException if something else has the name of a folder, or the interval is out of
   *     range
   */
  void check() {
    data.folder();
    OutputFiles.requireFolder("--out", out);
    if (!(checkpointMinutes >= 0 && checkpointMinutes <= MOST_MINUTES)) {
      throw new UserException(
          "--checkpoint-minutes must be 0 to %d, was %s"
              .formatted(MOST_MINUTES, checkpointMinutes));
    }
  }

  Optional<Path> data() {
    return data.folder();
  }

  ResultStore store() {
    return new ResultStore(out);
  }

  Duration checkpointInterval() {
    return Duration.ofMillis(Math.round(checkpointMinutes * 60_000));
  }
}
