// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.nola4j.io.FileFormatException;

/**
 * An inflated stream of bounded size. Deflate can expand one byte to a thousand; trained numbers
 * shrink by a tenth, sparse ones to a tenth.
 */
public final class BoundedStream extends FilterInputStream {
  private static final long HARMLESS = 16L << 20;
  private static final long MOST_TIMES = 32;
  private static final int SKIPPED_AT_ONCE = 1 << 16;

  private final String file;
  private final long most;
  private long count;

  /**
   * A stream that throws a {@link FileFormatException} once it has too many bytes.
   *
   * @param in the inflated bytes
   * @param file for messages
   * @param compressed bytes that they were inflated from
   */
  public BoundedStream(InputStream in, String file, long compressed) {
    super(in);
    this.file = file;
    this.most = most(compressed);
  }

  /** The most bytes that compressed ones may inflate to. */
  public static long most(long compressed) {
    return HARMLESS + MOST_TIMES * compressed;
  }

  @Override
  public int read() throws IOException {
    int read = super.read();
    add(read < 0 ? 0 : 1);
    return read;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    int read = super.read(to, offset, length);
    add(Math.max(0, read));
    return read;
  }

  @Override
  public long skip(long bytes) throws IOException {
    long skipped = super.skip(Math.min(bytes, SKIPPED_AT_ONCE));
    add(skipped);
    return skipped;
  }

  private void add(long bytes) {
    count += bytes;
    if (count > most) {
      throw tooLarge(file, most, "more");
    }
  }

  /** The error for a file that would inflate to more than allowed. */
  public static FileFormatException tooLarge(String file, long most, String found) {
    return new FileFormatException(
        file,
        "contents of at most %d bytes, 16 MiB and %d times their compressed size"
            .formatted(most, MOST_TIMES),
        found,
        "it is made to fill memory, or damaged: " + Remedy.AGAIN);
  }
}
