package org.nola4j.experiments.common;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files that are there whole or not at all, also after a power cut. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /** Writes a file's content. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything to the stream, which the caller closes. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Replaces the file, or leaves the old one as it was if writing fails.
   *
   * <p>The content goes to a temporary file in the same folder, which is forced to disk and then
   * moved over the target. Missing folders are created.
   *
   * @throws IOException if the content could not be written
   */
  public static void write(Path target, Content content) throws IOException {
    Path file = target.toAbsolutePath();
    Path folder = file.getParent();
    Files.createDirectories(folder);
    // Not Files.createTempFile: it makes files that only their owner can read.
    String unique = ProcessHandle.current().pid() + "-" + System.nanoTime();
    Path temporary = folder.resolve("." + file.getFileName() + "." + unique + ".tmp");
    try {
      writeForced(temporary, content);
      move(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
    force(folder);
  }

  private static void writeForced(Path file, Content content) throws IOException {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
      content.writeTo(out);
      out.flush();
      channel.force(true);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Makes the move itself durable; not every system can open a folder, and none needs it then. */
  private static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException unsupported) {
      // The content is on disk already; only the rename may be repeated after a power cut.
    }
  }
}
