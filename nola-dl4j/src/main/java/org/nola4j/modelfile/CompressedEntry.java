// SPDX-License-Identifier: Apache-2.0
package org.nola4j.modelfile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.nola4j.internal.io.BoundedStream;

/**
 * A compressed entry with a bound on its inflated size.
 *
 * @param zip that has the entry
 * @param entry a compressed file
 * @param compressed its bytes in the archive
 */
record CompressedEntry(ZipFile zip, ZipEntry entry, long compressed) {
  private static final long HARMLESS = 16L << 20;

  static CompressedEntry of(ZipFile zip, ZipEntry entry) throws IOException {
    long claimed = Math.max(0, entry.getCompressedSize());
    return new CompressedEntry(zip, entry, Math.min(claimed, Files.size(Path.of(zip.getName()))));
  }

  /**
   * Checks, before allocating memory, that the entry has this many bytes: from the file's own claim
   * if memory would hardly exceed the file's size, otherwise by inflating it once without keeping
   * the result.
   *
   * @throws org.nola4j.io.FileFormatException if the size is implausible
   * @throws java.io.EOFException if the entry has fewer
   */
  void require(long bytes) throws IOException {
    long most = BoundedStream.most(compressed);
    if (bytes > most) {
      throw BoundedStream.tooLarge(zip.getName(), most, bytes + " of " + entry.getName());
    }
    if (bytes > HARMLESS + compressed) {
      try (InputStream in = bounded()) {
        in.skipNBytes(bytes);
      }
    }
  }

  /** The entry's bytes. */
  InputStream bounded() throws IOException {
    return new BoundedStream(zip.getInputStream(entry), zip.getName(), compressed);
  }
}
