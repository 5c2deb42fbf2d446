// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;
import org.nola4j.datasets.DataSetException;

/** Reads the contents of files that may be gzipped. */
public final class Contents {
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int BUFFER_BYTES = 1 << 16;

  private Contents() {}

  /**
   * Opens the uncompressed contents of {@code file}. Gzip is recognized by its two magic bytes, not
   * by the name, because browsers and archive tools often unpack a file but keep the {@code .gz}.
   *
   * @return a stream that throws a {@link DataSetException} when a small file inflates more than
   *     any data set does, before the data fills memory
   */
  public static InputStream open(Path file) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
    try {
      return isGzip(raw) ? new Inflated(file, new Counted(raw)) : raw;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /** All bytes of the contents. */
  public static byte[] readAll(Path file) throws IOException {
    if (plainLength(file).isPresent()) {
      return Files.readAllBytes(file); // reading a stream would hold them in memory twice
    }
    try (InputStream in = open(file)) {
      return in.readAllBytes();
    }
  }

  /** The number of bytes; empty for gzipped files, which do not record it. */
  public static OptionalLong plainLength(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return in instanceof Inflated ? OptionalLong.empty() : OptionalLong.of(Files.size(file));
    }
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  private static boolean isGzip(InputStream in) throws IOException {
    in.mark(2);
    int magic = in.read() << 8 | in.read();
    in.reset();
    return magic == GZIP_MAGIC;
  }

  /** Counts the bytes read from a file. */
  private static final class Counted extends FilterInputStream {
    private long count;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      count += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int read = super.read(to, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }

  /** Gzip can inflate data a thousandfold; for images it is two to ten times. */
  private static final class Inflated extends FilterInputStream {
    private static final long HARMLESS = 16L << 20;
    private static final long MOST_TIMES = 32;

    private final Path file;
    private final Counted compressed;
    private long count;

    Inflated(Path file, Counted compressed) throws IOException {
      super(new GZIPInputStream(compressed, BUFFER_BYTES));
      this.file = file;
      this.compressed = compressed;
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
      long skipped = super.skip(bytes);
      add(skipped);
      return skipped;
    }

    private void add(long bytes) {
      count += bytes;
      if (count > HARMLESS + MOST_TIMES * compressed.count) {
        throw DataSetException.malformed(
            file,
            "a gzip stream that inflates at most %d times".formatted(MOST_TIMES),
            "%d bytes from the first %d".formatted(count, compressed.count),
            "it looks like a decompression bomb: download it again, or unpack it yourself");
      }
    }
  }
}
