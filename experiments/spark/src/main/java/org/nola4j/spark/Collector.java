// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.JavaSparkStatusTracker;
import org.nola4j.experiments.common.UserException;

/** Runs Spark's jobs; where Spark gives up, or would wait forever, says so in one line. */
final class Collector {
  private static final String PATIENCE = "spark.nola.patience";

  private final JavaSparkContext context;
  private final Duration patience;

  Collector(JavaSparkContext context) {
    this.context = context;
    this.patience = patience(context.getConf());
  }

  /**
   * How long a job may be without a running task before it is given up: {@code
   * spark.nola.patience}, five minutes by default.
   *
   * @throws NumberFormatException if that is no time
   */
  static Duration patience(SparkConf conf) {
    return Duration.ofSeconds(conf.getTimeAsSeconds(PATIENCE, "300s"));
  }

  /**
   * Collects the results of all tasks.
   *
   * @throws UserException if Spark gave up, which happens with executors that run out of memory or
   *     are lost again and again, or if no executor takes a task, as when none can start
   */
  <T> List<T> collect(JavaRDD<T> tasks) {
    try {
      return await(tasks.collectAsync());
    } catch (ExecutionException e) {
      throw gaveUp(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in a job of Spark's", e);
    }
  }

  /**
   * Uses the application.
   *
   * @throws UserException if it has been ended meanwhile: by its master, which does so if no
   *     executor can start, by whoever killed it there, or because no master answers
   */
  <T> T use(Supplier<T> application) {
    try {
      return application.get();
    } catch (IllegalStateException e) {
      if (context.sc().isStopped()) {
        throw new UserException(
            "%s ended the application, or is no master of Spark %s: its log and those of its workers say why; continue by --resume"
                .formatted(context.master(), context.version()),
            e);
      }
      throw e;
    }
  }

  private <T> T await(JavaFutureAction<T> job) throws ExecutionException, InterruptedException {
    long lastSeen = System.nanoTime();
    while (true) {
      try {
        return job.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException stillRunning) {
        if (hasTasks()) {
          lastSeen = System.nanoTime();
        } else if (System.nanoTime() - lastSeen > patience.toNanos()) {
          job.cancel(true);
          throw new UserException(idle());
        }
      }
    }
  }

  private boolean hasTasks() {
    JavaSparkStatusTracker tracker = context.statusTracker();
    return Arrays.stream(tracker.getActiveStageIds())
        .mapToObj(tracker::getStageInfo)
        .anyMatch(stage -> stage != null && stage.numActiveTasks() > 0);
  }

  private String idle() {
    int executors = context.sc().getExecutorMemoryStatus().size() - 1; // without the driver
    return "no executor took a task for %d s (%d of them are there): the logs of %s's master and workers say why (memory, cores, Java); to wait longer, start with NOLA_JAVA_OPTS=-D%s=30m"
        .formatted(patience.toSeconds(), executors, context.master(), PATIENCE);
  }

  private static UserException gaveUp(Throwable cause) {
    String first =
        Optional.ofNullable(cause.getMessage()).orElse("").lines().findFirst().orElse("");
    return new UserException(
        "Spark gave up: %s; see the executors' logs, and continue by --resume".formatted(first),
        cause);
  }
}
