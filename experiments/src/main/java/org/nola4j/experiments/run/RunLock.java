// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.function.Consumer;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.RunId;

/**
 * Prevents two processes from training the same run in the same folder.
 *
 * <p>The operating system releases the lock when the process ends in any way, so the file of a
 * killed process locks nothing. The file says which process has the lock.
 */
final class RunLock implements AutoCloseable {
  /** A byte beyond the end of the file: locked bytes cannot be read on Windows. */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  private final Path file;
  private final FileChannel channel;

  private RunLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @param notes receives a message if the file system does not support locks
   * @throws UserException if another process has it
   */
  static RunLock take(Path file, RunId id, Consumer<String> notes) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    String owner = "process %d, started %s".formatted(ProcessHandle.current().pid(), Instant.now());
    while (true) {
      RunLock lock =
          new RunLock(
              file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
      if (!lock.taken(notes)) {
        lock.channel.close();
        throw new UserException(
            "%s is being trained in %s (%s); wait for it, or choose another --out"
                .formatted(id, file.toAbsolutePath().getParent(), content(file)));
      }
      lock.write(owner);
      // The previous owner may have deleted the file after it was opened here.
      if (content(file).equals(owner)) {
        return lock;
      }
      lock.channel.close();
    }
  }

  private boolean taken(Consumer<String> notes) {
    try {
      FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      notes.accept(
          "%s cannot be locked (%s), so a second process for this run would not be detected"
              .formatted(file, e.getMessage()));
      return true;
    }
  }

  private void write(String owner) throws IOException {
    channel.truncate(0);
    ByteBuffer bytes = ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static String content(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  @Override
  public void close() throws IOException {
    // While it is locked, so that no other process's file is deleted.
    Files.deleteIfExists(file);
    channel.close();
  }
}
