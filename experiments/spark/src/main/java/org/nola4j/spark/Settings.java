// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.lang.management.ManagementFactory;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;

/** What a Spark application needs so that its executors compute as its driver does. */
final class Settings {
  private Settings() {}

  /**
   * Executors get the driver's class path, flags but those of the heap (which is {@code
   * spark.executor.memory}), and number of OpenMP threads: with another one, sums are rounded
   * differently. What is set on the command line or by {@code spark-submit} stays.
   *
   * @param master where the application runs
   */
  static SparkConf of(String master, String name) {
    SparkConf conf = new SparkConf().setMaster(master).setAppName("nola " + name);
    conf.setIfMissing("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    conf.setIfMissing("spark.executor.extraJavaOptions", flags());
    String threads = System.getenv("OMP_NUM_THREADS");
    if (threads != null) {
      conf.setIfMissing("spark.executorEnv.OMP_NUM_THREADS", threads);
    }
    return conf;
  }

  /** Spark itself adds what it needs of the JVM. */
  private static String flags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--add-modules") || flag.startsWith("-D"))
        .filter(flag -> !flag.startsWith("-Dspark."))
        .map(flag -> '"' + flag + '"')
        .collect(Collectors.joining(" "));
  }
}
