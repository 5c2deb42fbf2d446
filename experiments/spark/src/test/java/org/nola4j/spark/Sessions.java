// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark applications of tests. */
final class Sessions {
  private Sessions() {}

  static JavaSparkContext start(String master) {
    return new JavaSparkContext(conf(master));
  }

  private static SparkConf conf(String master) {
    if (master.startsWith("local-cluster")) {
      try {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return Settings.of(master, "tests").set("spark.ui.enabled", "false");
  }
}
