// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Runs the parts of one kernel call on the calling thread and the pool's daemon threads together.
 */
final class Workers {
  /** Threads of a kernel call; {@code -Dnola4j.threads=N}, by default the number of processors. */
  static final int THREADS =
      Math.max(1, Integer.getInteger("nola4j.threads", Runtime.getRuntime().availableProcessors()));

  /** Below this many generated elements, waking another thread costs more than it saves. */
  private static final long WORTH_SHARING = 200_000;

  private static final ExecutorService POOL =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "nola4j-kernel");
            thread.setDaemon(true);
            return thread;
          });

  private Workers() {}

  static int threads(long elements, int limit) {
    return elements < WORTH_SHARING ? 1 : limit;
  }

  /**
   * Calls {@code part} with 0 .. parts-1, each once, on up to {@code threads} threads; returns when
   * all are done.
   */
  static void run(int parts, int threads, IntConsumer part) {
    int helpers = Math.min(parts, threads) - 1;
    if (helpers < 1) {
      for (int i = 0; i < parts; i++) {
        part.accept(i);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(helpers);
    Runnable work =
        () -> {
          for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
            part.accept(i);
          }
        };
    Runnable help =
        () -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
          } finally {
            done.countDown();
          }
        };
    try {
      for (int h = 0; h < helpers; h++) {
        start(help, done);
      }
      work.run();
    } finally {
      await(done);
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a basis kernel thread failed: " + failed, failed);
    }
  }

  /** If no thread can be created, the others do the work. */
  private static void start(Runnable help, CountDownLatch done) {
    try {
      POOL.execute(help);
    } catch (OutOfMemoryError e) { // "unable to create native thread"
      done.countDown();
    }
  }

  /**
   * Waits even when interrupted, because the helpers write into the caller's arrays; keeps the
   * interrupt.
   */
  private static void await(CountDownLatch done) {
    boolean interrupted = false;
    while (true) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
