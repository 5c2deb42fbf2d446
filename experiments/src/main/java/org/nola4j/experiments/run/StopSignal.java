// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Ends training at the next step when the process is told to end, by Ctrl-C or a plain {@code
 * kill}.
 *
 * <p>The process ends as soon as its shutdown hooks do, and ours waits while training holds it off.
 */
final class StopSignal {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final StopSignal PROCESS = new StopSignal();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> PROCESS.stop(() -> System.err, PATIENCE), "stop"));
  }

  /** Held by training, and in the end by the hook. */
  private final ReentrantLock training = new ReentrantLock();

  private volatile boolean requested;
  private volatile String saved;

  /** The signal that comes when this process is told to end. */
  static StopSignal ofProcess() {
    return PROCESS;
  }

  /** Keeps the process from ending until it is closed. */
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Holds off the end, for steps whose outcome would be lost.
   *
   * @throws StoppedException if the end was asked for before
   */
  Hold hold() throws StoppedException {
    training.lock();
    if (requested) {
      training.unlock();
      throw new StoppedException();
    }
    return training::unlock;
  }

  /** Whether training is to end. */
  boolean requested() {
    return requested;
  }

  /** What is to be said of what was saved if the process ends now; {@code null} for nothing. */
  void saved(String message) {
    saved = message;
  }

  /**
   * Asks training to end, waits for it, and says what was saved.
   *
   * @param screen takes the message
   * @param patience how long to wait
   */
  void stop(Supplier<PrintStream> screen, Duration patience) {
    requested = true;
    boolean ended = false;
    try {
      // Never released: nothing else may begin before the process ends.
      ended = training.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String what = saved;
    if (what != null || !ended) {
      String unsaved =
          ended ? "" : "the step under way took more than %d s, ".formatted(patience.toSeconds());
      // On a line of its own, as a terminal shows Ctrl-C where the cursor was.
      screen
          .get()
          .println(
              System.lineSeparator()
                  + "stopped: "
                  + unsaved
                  + Optional.ofNullable(what).orElse("there is no checkpoint"));
    }
  }
}
