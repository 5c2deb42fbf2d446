// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes files that are the old one or the whole new one at any moment, also after a power failure:
 * first beside the target and to the disk, then renamed.
 */
public final class AtomicFile {
  private static final int BUFFER = 1 << 16;

  private AtomicFile() {}

  /** Takes bytes, all that remain in a buffer. */
  @FunctionalInterface
  public interface Sink {
    /** Writes the buffer's remaining bytes; its position is at its limit then. */
    void write(ByteBuffer bytes) throws IOException;
  }

  /** What a file is to hold. */
  @FunctionalInterface
  public interface Contents {
    /** Writes everything, part by part. */
    void writeTo(Sink sink) throws IOException;
  }

  /** What a file is to hold, for those who write to streams. */
  @FunctionalInterface
  public interface Stream {
    /** Writes everything; the stream need not be flushed and must not be closed. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** As {@link #write(Path, Contents)}, through a buffered stream. */
  public static void writeStream(Path target, Stream contents) throws IOException {
    write(
        target,
        sink -> {
          OutputStream out = new BufferedOutputStream(new SinkStream(sink), BUFFER);
          contents.writeTo(out);
          out.flush();
        });
  }

  /**
   * Replaces a file; its folder must exist.
   *
   * @throws IOException if something could not be written; the old file is there then
   */
  public static void write(Path target, Contents contents) throws IOException {
    Path file = target.toAbsolutePath();
    Path folder = file.getParent();
    Path temporary = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        contents.writeTo(bytes -> writeAll(bytes, channel, file));
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    synchronize(folder);
  }

  /** A full disk is reported without a name by the system. */
  private static void writeAll(ByteBuffer bytes, FileChannel channel, Path file)
      throws FileSystemException {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      FileSystemException named = new FileSystemException(file.toString(), null, e.getMessage());
      named.initCause(e);
      throw named;
    }
  }

  /** Brings the rename itself to the disk; only POSIX systems let one open a folder for that. */
  private static void synchronize(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The file is whole and in its place; after a power failure it may be the old one.
      return;
    }
  }

  private static final class SinkStream extends OutputStream {
    private final Sink sink;

    SinkStream(Sink sink) {
      this.sink = sink;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      sink.write(ByteBuffer.wrap(bytes, from, length));
    }
  }
}
