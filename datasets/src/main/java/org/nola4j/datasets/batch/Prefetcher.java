// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.batch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Computes results ahead of time in daemon threads and returns them in the order in which they were
 * requested. Not thread-safe: one thread requests and takes.
 *
 * @param <T> what is computed
 */
final class Prefetcher<T> implements AutoCloseable {
  /**
   * A computation that checks now and then whether it was canceled.
   *
   * @param <T> what is computed
   */
  @FunctionalInterface
  interface Task<T> {
    T run(BooleanSupplier cancelled);
  }

  private static final AtomicInteger POOLS = new AtomicInteger();
  private static final int IDLE_SECONDS = 10;
  private static final int CLOSE_SECONDS = 10;

  private final ThreadPoolExecutor threads;
  private final Deque<Future<T>> asked = new ArrayDeque<>();
  private AtomicBoolean cancelled = new AtomicBoolean();

  /** Threads start with the first tasks and end after some idle time. */
  Prefetcher(String name, int threadCount) {
    String prefix = "%s-%d-".formatted(name, POOLS.getAndIncrement());
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, prefix + number.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** The number of results requested and not yet taken. */
  int pending() {
    return asked.size();
  }

  void ask(Task<T> task) {
    AtomicBoolean flag = cancelled;
    asked.add(threads.submit(() -> task.run(flag::get)));
  }

  /**
   * Takes the oldest result, waiting for it if necessary.
   *
   * @throws ExecutionException if its task failed; the cause is the task's exception
   * @throws InterruptedException if this thread was interrupted while waiting; the result can still
   *     be taken later
   */
  T take() throws ExecutionException, InterruptedException {
    T result = asked.element().get();
    asked.remove();
    return result;
  }

  /** Drops all requests and tells running tasks. */
  void cancel() {
    cancelled.set(true);
    cancelled = new AtomicBoolean();
    threads.getQueue().clear();
    asked.clear();
  }

  /** Drops all requests and ends the threads; waits a while for running tasks to notice. */
  @Override
  public void close() {
    cancel();
    threads.shutdown();
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // they are daemons: nobody has to wait for them
    }
  }
}
