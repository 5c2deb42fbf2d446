// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nola4j.internal.io.AtomicFile;

/** Writes files in folders that need not be there. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /**
   * Replaces the file as {@link AtomicFile} does: it is the old one or the whole new one at any
   * moment. Missing folders are created.
   *
   * @throws IOException if the content could not be written; the old file is there then
   */
  public static void write(Path target, AtomicFile.Stream content) throws IOException {
    Files.createDirectories(target.toAbsolutePath().getParent());
    AtomicFile.writeStream(target, content);
  }
}
