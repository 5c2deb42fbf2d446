// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nola4j.experiments.common.UserException;
import picocli.CommandLine.Option;

/** Whether existing files may be replaced. */
final class OverwriteOption {
  @Option(
      names = "--overwrite",
      description = "Replace existing output files. Default: off; existing files are an error.")
  private boolean overwrite;

  /**
   * Checks, before any work is done, that a file may be written.
   *
   * @param option the option that names it or its folder
   * @throws UserException if it is a folder, or if it exists and must not be replaced
   */
  void check(String option, Path target) {
    if (Files.isDirectory(target)) {
      throw new UserException("%s: %s is a directory".formatted(option, target));
    }
    if (Files.exists(target) && !overwrite) {
      throw new UserException(
          "%s already exists: choose another %s, or replace it with --overwrite"
              .formatted(target, option));
    }
  }

  /**
   * Checks that an output file is not also an input file.
   *
   * @param what what the input file is
   * @throws UserException if they are the same file
   */
  static void requireOther(String option, Path target, Path source, String what)
      throws IOException {
    if (Files.exists(target) && Files.exists(source) && Files.isSameFile(source, target)) {
      throw new UserException("%s must not be the %s itself: %s".formatted(option, what, target));
    }
  }
}
