// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import org.apache.spark.SparkFiles;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.Replica;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.EnvironmentProbe;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.spi.Share;

/** The networks of this executor, which are built once and used by one task at a time. */
final class Trainers {
  private static final ConcurrentMap<Job, Queue<Replica>> IDLE = new ConcurrentHashMap<>();

  private Trainers() {}

  /** Builds a network; what is wrong, if it is not the driver's. */
  static List<String> check(Job job) {
    try {
      give(job, take(job));
      return List.of();
    } catch (UserException | IllegalStateException | IOException e) {
      return List.of(failure(e));
    }
  }

  /** Trains a share; what goes wrong is a value, since Spark would repeat a failed task. */
  static Outcome train(Job job, byte[] state, Share share) {
    try {
      Replica replica = take(job);
      Outcome outcome = new Outcome(replica.train(state, share), null);
      give(job, replica);
      return outcome;
    } catch (UserException | IllegalStateException | IOException e) {
      return new Outcome(null, failure(e));
    }
  }

  private static String failure(Exception e) {
    return Machine.describe() + ": " + e.getMessage();
  }

  private static Queue<Replica> idle(Job job) {
    return IDLE.computeIfAbsent(job, key -> new ConcurrentLinkedQueue<>());
  }

  private static Replica take(Job job) throws IOException {
    Replica idle = idle(job).poll();
    return idle == null ? build(job) : idle;
  }

  private static void give(Job job, Replica replica) {
    if (!idle(job).offer(replica)) {
      replica.close();
    }
  }

  /** Closes the networks of a run in this process. */
  static void forget(Job job) {
    Queue<Replica> queue = IDLE.remove(job);
    if (queue != null) {
      queue.forEach(Replica::close);
    }
  }

  private static synchronized Replica build(Job job) throws IOException {
    String version = EnvironmentProbe.libraryVersion();
    if (!version.equals(job.version())) {
      throw new UserException(
          "runs %s, but the driver runs %s: use the same checkout on all machines"
              .formatted(version, job.version()));
    }
    Experiment experiment = Catalog.installed().experiment(job.experiment());
    if (!(experiment instanceof NetworkExperiment networks)) {
      throw new UserException(job.experiment() + " does not train a network");
    }
    ExperimentConfig config =
        Json.STRICT.treeToValue(Json.parse(job.config()), ExperimentConfig.class);
    Optional<Path> data = Optional.ofNullable(job.data()).map(Path::of);
    if (job.shipped() != null) {
      data = Optional.of(Path.of(SparkFiles.getRootDirectory()));
    }
    Replica replica =
        networks.replica(
            config, new RunContext(data, new ResultStore(Path.of(job.results())), line -> {}));
    if (!replica.digest().equals(job.digest())) {
      replica.close();
      throw new UserException(
          "the network or its data are not the driver's: let all machines read the same folders"
              + " (--data, NOLA_DATA, --out) and run the same version, or use --ship-data");
    }
    return replica;
  }
}
