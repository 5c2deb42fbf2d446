// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;

/** Files on the class path. */
public final class Resources {
  private Resources() {}

  /**
   * A whole file.
   *
   * @throws NoSuchFileException if it is not there
   */
  public static byte[] read(String name) throws IOException {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? Resources.class.getClassLoader() : context;
    try (InputStream in = loader.getResourceAsStream(name)) {
      if (in == null) {
        throw new NoSuchFileException(
            name, null, "not on the class path: add the library that has it as a dependency");
      }
      return in.readAllBytes();
    }
  }
}
