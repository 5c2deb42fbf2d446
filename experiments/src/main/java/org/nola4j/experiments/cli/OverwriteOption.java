// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nola4j.experiments.common.UserException;
import picocli.CommandLine.Option;

/** Whether files that are there may be replaced. */
final class OverwriteOption {
  @Option(
      names = "--overwrite",
      description =
          "Replace what is to be written if it is there. Default: off, which is an error.")
  private boolean overwrite;

  /**
   * Checks, before the work is done, that a file may be written.
   *
   * @param option that names it or its folder
   * @throws UserException if it is a folder, or there already and not to be replaced
   */
  void check(String option, Path target) {
    if (Files.isDirectory(target)) {
      throw new UserException("%s: %s is a directory".formatted(option, target));
    }
    if (Files.exists(target) && !overwrite) {
      throw new UserException(
          "%s is there already: choose another %s, or --overwrite to replace it"
              .formatted(target, option));
    }
  }

  /**
   * Checks that a file to write is not one that is read, whatever may be replaced.
   *
   * @param what the file that is read is
   * @throws UserException if it is
   */
  static void requireOther(String option, Path target, Path source, String what)
      throws IOException {
    if (Files.exists(target) && Files.exists(source) && Files.isSameFile(source, target)) {
      throw new UserException("%s must not be the %s itself: %s".formatted(option, what, target));
    }
  }
}
