// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.nola4j.experiments.common.UserException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What commands that write files have in common. */
final class OutputFiles {
  private static final Logger LOG = LoggerFactory.getLogger(OutputFiles.class);

  private OutputFiles() {}

  /** Draws a chart into a file. */
  @FunctionalInterface
  interface Drawing {
    /** Draws it. */
    void draw() throws IOException;
  }

  /**
   * Checks, before the work is done, that files can go into a folder, which need not be there.
   *
   * @throws UserException if it is something else
   */
  static void requireFolder(Path out) {
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new UserException("--out: " + out + " is not a directory");
    }
  }

  /**
   * Draws, if that is possible: charts are an extra, and a machine without fonts must not lose its
   * results over them.
   *
   * @param notes told why there are none
   * @return whether they are there
   * @throws IOException if they cannot be written
   */
  static boolean draw(Drawing charts, Consumer<String> notes) throws IOException {
    try {
      charts.draw();
      return true;
    } catch (RuntimeException | LinkageError | InternalError e) {
      LOG.debug("no charts", e);
      notes.accept("no charts: %s (are there fonts on this machine?)".formatted(e.getMessage()));
      return false;
    }
  }
}
