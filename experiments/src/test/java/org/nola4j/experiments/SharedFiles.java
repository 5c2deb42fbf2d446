// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files too large for the repository, in the folder that the build names. */
public final class SharedFiles {
  private SharedFiles() {}

  /** A file by its path in that folder; the test is skipped where there is none. */
  public static Path find(String path) {
    Path file = Path.of(System.getProperty("nola.test.shared", "no-shared")).resolve(path);
    assumeTrue(Files.exists(file), "there is no " + file + ": name its folder with -Dtest.shared");
    return file;
  }
}
