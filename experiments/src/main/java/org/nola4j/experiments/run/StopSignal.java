// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Stops training at the next step when the process is told to end by Ctrl-C or a plain {@code
 * kill}.
 *
 * <p>The process ends when its shutdown hooks do, and ours waits while training holds the lock.
 */
final class StopSignal {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final StopSignal PROCESS = new StopSignal();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> PROCESS.stop(() -> System.err, PATIENCE), "stop"));
  }

  /** Held by training, and finally by the hook. */
  private final ReentrantLock training = new ReentrantLock();

  private volatile boolean requested;
  private volatile String saved;

  /** Guarded by the lock. */
  private Saving unsaved;

  /** The signal of this process. */
  static StopSignal ofProcess() {
    return PROCESS;
  }

  /** Keeps the process from ending until closed. */
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /** Writes a checkpoint. */
  @FunctionalInterface
  interface Saving {
    void save() throws IOException;
  }

  /**
   * Sets how to save what training did after the last checkpoint, if the process ends before the
   * next hold; {@code null} if there is nothing. Call it within a hold.
   */
  void unsaved(Saving saving) {
    unsaved = saving;
  }

  /**
   * Delays the end during steps whose result would be lost.
   *
   * @throws StoppedException if a stop was requested before
   */
  Hold hold() throws StoppedException {
    if (requested) { // the hook may hold the lock for good
      throw new StoppedException();
    }
    training.lock();
    if (requested) {
      training.unlock();
      throw new StoppedException();
    }
    unsaved = null; // what it would write is about to change
    return training::unlock;
  }

  /** Whether a stop was requested. */
  boolean requested() {
    return requested;
  }

  /** Sets the message about saved work if the process ends now; {@code null} for none. */
  void saved(String message) {
    saved = message;
  }

  /**
   * Asks training to stop, waits for it, saves what is not in a checkpoint yet, and reports that.
   *
   * @param screen receives the message
   * @param patience maximum wait
   */
  void stop(Supplier<PrintStream> screen, Duration patience) {
    requested = true;
    boolean ended = false;
    try {
      // Never released: nothing else may start before the process ends.
      ended = training.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String what = ended ? saveRest() : saved;
    if (what != null || !ended) {
      String unsaved =
          ended ? "" : "the current step took more than %d s, ".formatted(patience.toSeconds());
      // On its own line, because a terminal shows ^C at the cursor.
      screen
          .get()
          .println(
              System.lineSeparator()
                  + "stopped: "
                  + unsaved
                  + Optional.ofNullable(what).orElse("there is no checkpoint"));
    }
  }

  /** Between steps: training holds the lock otherwise, or waits for it in vain. */
  private String saveRest() {
    if (unsaved != null) {
      try {
        unsaved.save();
      } catch (IOException | RuntimeException e) {
        return "the last checkpoint could not be written (%s)%s"
            .formatted(e.getMessage(), saved == null ? "" : ", but " + saved);
      }
    }
    return saved;
  }
}
