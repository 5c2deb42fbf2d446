package org.nola4j.models;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files too large for the repository, in a folder {@code shared} beside the checkout. */
public final class SharedFiles {
  private SharedFiles() {}

  /** A file by its path in that folder; the test is skipped where there is none. */
  public static Path find(String path) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve("shared").resolve(path);
      if (Files.exists(file)) {
        return file;
      }
    }
    assumeTrue(false, "there is no shared/" + path + " in any folder above this one");
    throw new AssertionError();
  }
}
