package org.nola4j.datasets;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds a file that may be gzipped, under its name with {@code .gz}, or plain. */
final class DataFile {
  private DataFile() {}

  static Optional<Path> in(Path folder, String name) {
    return Stream.of(name + ".gz", name)
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  static boolean isIn(Path folder, String name) {
    return in(folder, name).isPresent();
  }

  /** The file that should be there. */
  static Path find(Path folder, String name) {
    return in(folder, name)
        .orElseThrow(() -> new DataSetException("%s: lacks %s".formatted(folder, name)));
  }
}
