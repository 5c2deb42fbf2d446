// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nola4j.internal.io.AtomicFile;

/** Writes files, creating missing folders. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /**
   * Replaces a file like {@link AtomicFile}: at any moment it is either the old one or the complete
   * new one. Missing folders are created.
   *
   * @throws IOException if the content cannot be written; the old file then stays
   */
  public static void write(Path target, AtomicFile.Stream content) throws IOException {
    Files.createDirectories(target.toAbsolutePath().getParent());
    AtomicFile.writeStream(target, content);
  }
}
