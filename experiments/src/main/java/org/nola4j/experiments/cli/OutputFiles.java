// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.nola4j.experiments.common.UserException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Helpers for commands that write files. */
final class OutputFiles {
  private static final Logger LOG = LoggerFactory.getLogger(OutputFiles.class);

  private OutputFiles() {}

  /** Draws a chart to a file. */
  @FunctionalInterface
  interface Drawing {
    /** Draws it. */
    void draw() throws IOException;
  }

  /**
   * Checks, before any work is done, that files can be written to a folder, which need not exist.
   *
   * @param option that names it, for the message
   * @throws UserException if it is not a folder
   */
  static void requireFolder(String option, Path out) {
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new UserException(option + ": " + out + " is not a directory");
    }
  }

  /**
   * Draws charts if possible. They are optional: a machine without fonts must not lose its results.
   *
   * @param notes receives the reason if there are no charts
   * @return whether the charts were drawn
   * @throws IOException if they cannot be written
   */
  static boolean draw(Drawing charts, Consumer<String> notes) throws IOException {
    try {
      charts.draw();
      return true;
    } catch (RuntimeException | LinkageError | InternalError e) {
      LOG.debug("no charts", e);
      notes.accept("no charts: %s (does this machine have fonts?)".formatted(e.getMessage()));
      return false;
    }
  }
}
