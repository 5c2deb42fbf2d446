// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Downloads an address to a file. */
final class Transfer {
  private static final Logger log = LoggerFactory.getLogger(Transfer.class);
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int PROGRESS_BYTES = 1 << 22;

  private final Downloader downloader;

  Transfer(Downloader downloader) {
    this.downloader = downloader;
  }

  /**
   * Downloads everything, or fails after {@code limit} bytes.
   *
   * @throws IOException if it is not available or longer
   */
  void copy(URI address, Path to, int limit) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    int total = 0;
    try (InputStream in = downloader.open(address);
        OutputStream out = Files.newOutputStream(to)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        if (total / PROGRESS_BYTES != (total + n) / PROGRESS_BYTES) {
          log.info("  {} MiB", (total + n) >> 20);
        }
        total += n;
        if (total > limit) {
          throw new IOException("it is longer than %d bytes".formatted(limit));
        }
      }
    }
  }

  /** Describes an error. */
  static String describe(IOException e) {
    return e.getClass() == IOException.class ? e.getMessage() : e.toString();
  }
}
