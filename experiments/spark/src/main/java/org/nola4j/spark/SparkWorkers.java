// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.Share;
import org.nola4j.experiments.spi.TrainedShare;
import org.nola4j.experiments.spi.Workers;

/**
 * Trains each share in a task. The state goes to each executor once a round, by a broadcast, and
 * comes back from each task. A task depends on nothing that an executor keeps, so that Spark
 * repeats the tasks of a lost executor elsewhere with the same result.
 */
final class SparkWorkers implements Workers {
  private final JavaSparkContext context;
  private final Collector collector;
  private final Job job;
  private final Broadcast<Job> jobs;
  private final Consumer<Traffic> traffic;

  private boolean measured;

  /**
   * On an application's executors.
   *
   * @param traffic receives, once, what a round moves
   */
  SparkWorkers(JavaSparkContext context, Collector collector, Job job, Consumer<Traffic> traffic) {
    this.context = context;
    this.collector = collector;
    this.job = job;
    this.traffic = traffic;
    this.jobs = context.broadcast(job);
  }

  @Override
  public List<TrainedShare> train(byte[] state, List<Share> shares) {
    List<Outcome> outcomes = collector.use(() -> outcomes(state, shares));
    List<TrainedShare> trained = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      if (outcome.failure() != null) {
        throw new UserException(outcome.failure());
      }
      trained.add(outcome.trained());
    }
    if (!measured) {
      traffic.accept(Traffic.of(state, outcomes.get(0)));
      measured = true;
    }
    return trained;
  }

  private List<Outcome> outcomes(byte[] state, List<Share> shares) {
    Broadcast<byte[]> states = context.broadcast(state);
    List<Outcome> outcomes = collector.collect(tasks(context, jobs, states, shares));
    states.destroy();
    return outcomes;
  }

  /** Static, so that tasks refer to their arguments only. */
  private static JavaRDD<Outcome> tasks(
      JavaSparkContext context, Broadcast<Job> jobs, Broadcast<byte[]> states, List<Share> shares) {
    return context
        .parallelize(shares, shares.size())
        .map(share -> Trainers.train(jobs.value(), states.value(), share));
  }

  @Override
  public void close() {
    jobs.destroy();
    Trainers.forget(job);
  }
}
