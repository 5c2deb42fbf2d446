// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.nola4j.internal.io.Sha256;

/** SHA-256 of large files, computed once: hundreds of runs of a grid share a file of 346 MB. */
final class FileDigests {
  private static final Map<State, String> COMPUTED = new ConcurrentHashMap<>();

  /** The state of a file; changed files have another size or time. */
  private record State(Path path, long size, FileTime modified) {
    static State of(Path file) throws IOException {
      Path path = file.toAbsolutePath().normalize();
      return new State(path, Files.size(path), Files.getLastModifiedTime(path));
    }
  }

  private FileDigests() {}

  /**
   * A file's SHA-256 in hexadecimal digits.
   *
   * @param computed receives the digest if it had to be computed
   */
  static String sha256(Path file, Consumer<String> computed) throws IOException {
    State state = State.of(file);
    String known = COMPUTED.get(state);
    if (known == null) {
      known = Sha256.of(file);
      COMPUTED.put(state, known);
      computed.accept(known);
    }
    return known;
  }
}
