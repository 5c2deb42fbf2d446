// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import java.nio.file.Files;
import java.nio.file.Path;

/** Checks of files that a user names. */
public final class InputFiles {
  private InputFiles() {}

  /**
   * Requires a file, before it is opened.
   *
   * @throws UserException if there is no such file, or it is a folder
   */
  public static void require(Path file) {
    if (!Files.exists(file)) {
      throw new UserException("no such file: " + file);
    }
    if (Files.isDirectory(file)) {
      throw new UserException("expected a file, but " + file + " is a folder; give the file in it");
    }
  }
}
