// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.nola4j.internal.io.Sha256;

/** The kernels' CUDA C++ source. */
final class KernelSource {
  private static final String RESOURCE = "basis.cu";

  private KernelSource() {}

  static String read() {
    try (InputStream in = KernelSource.class.getResourceAsStream(RESOURCE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A name for the compiled source, unique to it. */
  static String digest(String text) {
    return Sha256.of(text).substring(0, 16);
  }
}
