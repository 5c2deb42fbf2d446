// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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

  /**
   * Files that this process has locked, and what they say: where locks are POSIX's, closing any
   * descriptor of a file, as after reading it, gives up all locks that the process has on it.
   */
  private static final Map<Path, String> OURS = new ConcurrentHashMap<>();

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
   * @throws UserException if another process has it, or this one
   */
  static RunLock take(Path file, RunId id, Consumer<String> notes) throws IOException {
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent()).toRealPath();
    Path place = folder.resolve(file.getFileName());
    String owner = "process %d, started %s".formatted(ProcessHandle.current().pid(), Instant.now());
    String other = OURS.putIfAbsent(place, owner);
    if (other != null) {
      throw refusal(id, folder, other);
    }
    RunLock lock = null;
    try {
      while (lock == null) {
        lock = open(place, id, notes).orElse(null);
      }
      lock.write(owner);
      return lock;
    } finally {
      if (lock == null) {
        OURS.remove(place);
      }
    }
  }

  private static UserException refusal(RunId id, Path folder, String owner) {
    return new UserException(
        "%s is being trained in %s (%s); wait for it, or choose another --out"
            .formatted(id, folder, owner));
  }

  /** The lock; empty if its previous owner deleted the file in the meantime. */
  private static Optional<RunLock> open(Path file, RunId id, Consumer<String> notes)
      throws IOException {
    FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    RunLock lock = null;
    try {
      Object key = key(file);
      lock = new RunLock(file, FileChannel.open(file, StandardOpenOption.WRITE));
      if (!lock.taken(notes)) {
        throw refusal(id, file.getParent(), content(file));
      }
      if (Objects.equals(key, key(file))) {
        Optional<RunLock> result = Optional.of(lock);
        lock = null; // so that it stays open
        return result;
      }
    } catch (NoSuchFileException deleted) {
      // As if it had not been there.
    } finally {
      if (lock != null) {
        lock.channel.close();
      }
    }
    return Optional.empty();
  }

  /** What tells a file from a later one of the same name; null if the system does not say it. */
  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private boolean taken(Consumer<String> notes) {
    try {
      return channel.tryLock(LOCKED_BYTE, 1, false) != null;
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
    try (channel) {
      // While it is locked, so that no other process's file is deleted.
      Files.deleteIfExists(file);
    } finally {
      OURS.remove(file);
    }
  }
}
