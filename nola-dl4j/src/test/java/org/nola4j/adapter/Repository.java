// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files outside the module that tests compare with. */
final class Repository {
  private Repository() {}

  /** A file by its path from the repository's root, whichever module the tests run in. */
  static Path file(String path) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(path))) {
        return at.resolve(path);
      }
    }
    throw new IllegalStateException(path + " is in no folder above this one");
  }
}
