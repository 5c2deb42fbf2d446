// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;

/** What a Spark application needs so that its executors compute as its driver does. */
final class Settings {
  private static final String SERIALIZER = "spark.serializer";

  /** What the script nola sets: threads, how they wait, and glibc's limits on memory. */
  private static final List<String> ENVIRONMENT =
      List.of(
          "OMP_NUM_THREADS",
          "OMP_WAIT_POLICY",
          "GOMP_SPINCOUNT",
          "MALLOC_ARENA_MAX",
          "MALLOC_MMAP_THRESHOLD_",
          "MALLOC_TRIM_THRESHOLD_");

  private Settings() {}

  /**
   * Executors get the driver's class path, flags but those of the heap (which is {@code
   * spark.executor.memory}), number of OpenMP threads (with another one, sums are rounded
   * differently), and limits of memory. What is set on the command line or by {@code spark-submit}
   * stays.
   *
   * @param master where the application runs
   */
  static SparkConf of(String master, String name) {
    SparkConf conf = new SparkConf().setMaster(master).setAppName("nola " + name);
    conf.setIfMissing("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    conf.setIfMissing("spark.executor.extraJavaOptions", flags());
    for (String variable : ENVIRONMENT) {
      String value = System.getenv(variable);
      if (value != null) {
        conf.setIfMissing("spark.executorEnv." + variable, value);
      }
    }
    return conf;
  }

  /**
   * What is wrong with another serializer than Spark's default: Kryo cannot write records, which
   * methods are.
   */
  static Optional<String> serializerProblem(SparkConf conf) {
    String serializer = conf.get(SERIALIZER, JavaSerializer.class.getName());
    return serializer.equals(JavaSerializer.class.getName())
        ? Optional.empty()
        : Optional.of(
            "%s is %s, which cannot write methods: leave it out, so that it is Java's"
                .formatted(SERIALIZER, serializer));
  }

  /** Spark itself adds what it needs of the JVM. */
  private static String flags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> Stream.of("--add-modules", "-D", "-XX:").anyMatch(flag::startsWith))
        .filter(flag -> !flag.startsWith("-Dspark."))
        .map(flag -> '"' + flag + '"')
        .collect(Collectors.joining(" "));
  }
}
