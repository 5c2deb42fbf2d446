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
 * Computes results ahead of their use in daemon threads and gives them back in the order in which
 * they were asked for. Not thread-safe: one thread asks and takes.
 *
 * @param <T> what is computed
 */
final class Prefetcher<T> implements AutoCloseable {
  /**
   * A computation that looks, now and then, whether it is still wanted.
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

  /** Threads start with the first tasks, and end when there is nothing to do for a while. */
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

  /** The number of results asked for and not yet taken. */
  int pending() {
    return asked.size();
  }

  void ask(Task<T> task) {
    AtomicBoolean flag = cancelled;
    asked.add(threads.submit(() -> task.run(flag::get)));
  }

  /**
   * The oldest result, waited for if need be.
   *
   * @throws ExecutionException if its task failed; the cause is what the task threw
   * @throws InterruptedException if this thread was interrupted while it waited; the result can
   *     still be taken later
   */
  T take() throws ExecutionException, InterruptedException {
    T result = asked.element().get();
    asked.remove();
    return result;
  }

  /** Forgets everything asked for; tasks that run are told. */
  void cancel() {
    cancelled.set(true);
    cancelled = new AtomicBoolean();
    threads.getQueue().clear();
    asked.clear();
  }

  /** Forgets everything and ends the threads; waits a while for tasks that run to notice. */
  @Override
  public void close() {
    cancel();
    threads.shutdown();
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // they are daemons: nobody needs to wait for them
    }
  }
}
