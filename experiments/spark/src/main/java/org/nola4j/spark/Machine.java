// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import org.apache.spark.SparkEnv;

/** The process that a task runs in. */
final class Machine {
  private Machine() {}

  /** Whether this process belongs to a Spark application and is not its driver. */
  static boolean isExecutor() {
    SparkEnv environment = SparkEnv.get();
    return environment != null && !environment.executorId().equals("driver");
  }

  /** For messages, for instance {@code executor 3 on node17}. */
  static String describe() {
    SparkEnv environment = SparkEnv.get();
    return "executor %s on %s"
        .formatted(environment.executorId(), environment.blockManager().blockManagerId().host());
  }
}
