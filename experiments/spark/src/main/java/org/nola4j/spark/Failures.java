// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.util.function.Supplier;
import org.apache.spark.SparkException;
import org.nola4j.experiments.common.UserException;

/** What Spark reports when it gives up. */
final class Failures {
  private Failures() {}

  /**
   * Runs a job; what it throws becomes one line, which names the executor and the cause.
   *
   * @throws UserException if Spark gave up: executors that do not start, that run out of memory, or
   *     that are lost again and again
   */
  static <T> T named(Supplier<T> job) {
    try {
      return job.get();
    } catch (Exception e) { // SparkException is checked, but Scala does not declare it
      if (e instanceof SparkException || stopped(e)) {
        throw new UserException(
            "Spark gave up: %s; see the executors' logs, and continue by --resume"
                .formatted(String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
            e);
      }
      throw e;
    }
  }

  /** An application whose executors all fail to start is stopped by Spark's master. */
  private static boolean stopped(Exception e) {
    return e instanceof IllegalStateException
        && String.valueOf(e.getMessage()).contains("SparkContext");
  }
}
