// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.Cluster;
import org.nola4j.experiments.spi.ClusterProvider;

/** Starts a Spark application for {@code nola run --spark}. */
public final class SparkProvider implements ClusterProvider {
  @Override
  public Cluster connect(String master, boolean shipsData) {
    Masters.check(master);
    SparkConf conf = Settings.of(master, "run");
    Settings.serializerProblem(conf)
        .ifPresent(
            problem -> {
              throw new UserException(problem);
            });
    try {
      Collector.patience(conf);
      return new SparkCluster(new JavaSparkContext(conf), shipsData);
    } catch (Exception e) { // Spark's are checked, but Scala does not declare them
      throw new UserException(
          "--spark %s: cannot start an application there: %s".formatted(master, e.getMessage()), e);
    }
  }
}
