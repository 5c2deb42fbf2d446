// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.soak;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A reader and files that it reads.
 *
 * @param name of the reader
 * @param originals intact files
 * @param file where the reader looks for one
 * @param reader that is to read it
 * @param documented what it may throw
 */
record Subject(
    String name,
    List<byte[]> originals,
    Path file,
    Reader reader,
    Set<Class<? extends Exception>> documented) {

  /** Reads the file that is there. */
  @FunctionalInterface
  interface Reader {
    void read() throws Exception;
  }

  /** Whether the reader says of itself that it throws this. */
  boolean documents(Throwable thrown) {
    return documented.stream().anyMatch(type -> type.isInstance(thrown));
  }
}
