// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes files atomically: at any moment, even after a power failure, the target is the old file or
 * the complete new one. Data go to a temporary file beside the target and to the disk; then the
 * file is renamed.
 */
public final class AtomicFile {
  private static final int BUFFER = 1 << 16;

  private AtomicFile() {}

  /** A sink for the remaining bytes of buffers. */
  @FunctionalInterface
  public interface Sink {
    /** Writes the buffer's remaining bytes; its position is then at its limit. */
    void write(ByteBuffer bytes) throws IOException;
  }

  /** The contents of a file. */
  @FunctionalInterface
  public interface Contents {
    /** Writes everything, part by part. */
    void writeTo(Sink sink) throws IOException;
  }

  /** The contents of a file, written to a stream. */
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

  /** As {@link #write(Path, Contents)}, in UTF-8. */
  public static void writeText(Path target, String text) throws IOException {
    write(target, sink -> sink.write(StandardCharsets.UTF_8.encode(text)));
  }

  /**
   * Replaces a file; its folder must exist.
   *
   * @throws IOException if writing failed; the old file is then unchanged
   */
  public static void write(Path target, Contents contents) throws IOException {
    Path file = target.toAbsolutePath();
    Path folder = file.getParent();
    requireFolder(folder, file);
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

  /** Errors name the file that is wanted: nobody knows of the temporary one. */
  private static void requireFolder(Path folder, Path file) throws FileSystemException {
    if (!Files.isDirectory(folder)) {
      String problem =
          Files.exists(folder)
              ? folder + " is not a folder"
              : "its folder does not exist; create it";
      throw new NoSuchFileException(file.toString(), null, problem);
    }
    if (!Files.isWritable(folder)) {
      throw new AccessDeniedException(file.toString());
    }
  }

  /** The system reports a full disk without the file's name. */
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

  /** Flushes the rename itself to the disk; only POSIX systems allow opening a folder for that. */
  private static void synchronize(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The file is complete and in place; after a power failure it may be the old one.
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
