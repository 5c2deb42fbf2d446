// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;

/** Finds a file that may be gzipped, under its name with or without {@code .gz}. */
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

  /** Returns the file, which must exist. */
  public static Path find(Path folder, String name) {
    return in(folder, name)
        .orElseThrow(() -> new DataSetException("%s: %s is missing".formatted(folder, name)));
  }
}
