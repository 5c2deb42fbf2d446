// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.common.UserException;
import picocli.CommandLine.Option;

/** Option for the folder of data sets. */
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Folder with the data sets. Default: $NOLA_DATA, ~/.nola4j/data, then a download.")
  private Path folder;

  /**
   * The folder, if one was given.
   *
   * @throws UserException if it is none
   */
  Optional<Path> folder() {
    if (folder != null && !Files.isDirectory(folder)) {
      throw new UserException("--data: " + folder + " is not a directory");
    }
    return Optional.ofNullable(folder);
  }

  /** Where data sets are looked for. */
  DataSource source() {
    return folder().map(DataSource::startingAt).orElseGet(DataSource::standard);
  }
}
