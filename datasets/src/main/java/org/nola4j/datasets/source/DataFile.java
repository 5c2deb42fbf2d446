// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;

/** Finds a file that may be gzipped, under its name with {@code .gz}, or plain. */
public final class DataFile {
  private DataFile() {}

  public static Optional<Path> in(Path folder, String name) {
    return Stream.of(name + ".gz", name)
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  public static boolean isIn(Path folder, String name) {
    return in(folder, name).isPresent();
  }

  /** The file that should be there. */
  public static Path find(Path folder, String name) {
    return in(folder, name)
        .orElseThrow(() -> new DataSetException("%s: lacks %s".formatted(folder, name)));
  }
}
