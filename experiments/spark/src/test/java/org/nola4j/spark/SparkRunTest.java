// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.Cluster;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.spi.TrainedShare;

/** Runs on executors in processes of their own. */
@Tag("slow")
class SparkRunTest {
  private static JavaSparkContext spark;
  private static Cluster cluster;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = Sessions.start("local-cluster[2,1,1024]");
    cluster = new SparkCluster(spark, false);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static ExperimentConfig config(String experiment, String method, String... more) {
    List<Setting> settings = new ArrayList<>();
    settings.add(Setting.parse("training.averaging.workers=2"));
    for (String setting : more) {
      settings.add(Setting.parse(setting));
    }
    return ConfigLoader.packaged().load(experiment, method, settings);
  }

  private static ExperimentConfig mnist(String method, String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(
        List.of("dataset.name=mnist-10k", "dataset.validation=9000", "training.batchSize=64"));
    return config("mnist", method, all.toArray(String[]::new));
  }

  private RunContext context(Optional<Cluster> machines) {
    return new RunContext(
        Optional.empty(), new ResultStore(folder), line -> {}, Map.of(), machines);
  }

  /** The state after an epoch. */
  private byte[] trained(ExperimentConfig config, Optional<Cluster> machines, Runnable inBetween)
      throws IOException {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    int[] rounds = new int[1];
    try (Run run =
        Catalog.installed().experiment(config.experiment()).start(config, context(machines))) {
      run.trainEpoch(
          1,
          0,
          (examples, loss) -> {
            if (++rounds[0] == 2) {
              inBetween.run();
            }
          });
      assertEquals(run.batchesPerEpoch(), rounds[0]);
      run.writeState(state);
    }
    return state.toByteArray();
  }

  private void assertAsOnOneMachine(ExperimentConfig config, Runnable inBetween)
      throws IOException {
    assertArrayEquals(
        trained(config, Optional.empty(), () -> {}),
        trained(config, Optional.of(cluster), inBetween));
  }

  @Test
  void isTheSameAsOnOneMachine() throws IOException {
    assertAsOnOneMachine(
        mnist("nola", "training.averaging.every=3", "training.averaging.updater=true"), () -> {});
  }

  /** The driver still counts on the executor when it hands out the next round's tasks. */
  @Test
  void aLostExecutorChangesNothing() throws IOException {
    assertAsOnOneMachine(
        mnist("nola", "training.averaging.every=2"),
        () -> {
          ProcessHandle executor =
              ProcessHandle.current()
                  .descendants()
                  .filter(SparkRunTest::isExecutor)
                  .findFirst()
                  .orElseThrow();
          assertTrue(executor.destroyForcibly());
        });
  }

  /** This process starts no other Java; of long command lines, Java does not see the arguments. */
  private static boolean isExecutor(ProcessHandle process) {
    return process.info().command().filter(command -> command.endsWith("java")).isPresent();
  }

  @Test
  void aConvolutionalNetworkIsTheSameToo() throws IOException {
    assertAsOnOneMachine(
        config(
            "cifar10-resnet20",
            "nola",
            "dataset.name=synthetic-shapes",
            "dataset.validation=3936",
            "training.batchSize=16",
            "training.averaging.every=2"),
        () -> {});
  }

  /** What goes to an executor, and what comes back from a task, in bytes. */
  private int[] traffic(ExperimentConfig config) throws IOException {
    int[] bytes = new int[2];
    Cluster measuring =
        (any, data, results, digest) ->
            (state, shares) -> {
              bytes[0] = serialized(state);
              bytes[1] = serialized(new Outcome(new TrainedShare(state, 1, 1), null));
              throw new IOException("measured");
            };
    try (Run run =
        Catalog.installed()
            .experiment(config.experiment())
            .start(config, context(Optional.of(measuring)))) {
      assertThrows(IOException.class, () -> run.trainEpoch(1, 0, (examples, loss) -> {}));
      assertTrue(bytes[0] <= 1.2 * Float.BYTES * numbers(run));
      assertTrue(bytes[1] <= 1.2 * Float.BYTES * numbers(run) + 400);
    }
    return bytes;
  }

  private static long numbers(Run run) {
    return run.parameters().trained() + run.parameters().batchNormStatistics();
  }

  private static int serialized(Object value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.size();
  }

  @Test
  void aRoundSendsWhatIsTrainedAndLittleMore() throws IOException {
    String every = "training.averaging.every=1";
    int nola = traffic(mnist("nola", every))[0];
    assertTrue(50 * nola <= traffic(mnist("dense", every))[0]);
    traffic(mnist("lora", every));
    String shapes = "dataset.name=synthetic-shapes";
    int residual = traffic(config("cifar10-resnet20", "nola", shapes, every))[0];
    traffic(config("cifar10-resnet20", "lora", shapes, every));
    int dense = traffic(config("cifar10-resnet20", "dense", shapes, every))[0];
    assertTrue(15 * residual <= dense);
  }

  @Test
  void anotherNetworkIsReported() {
    ExperimentConfig config = mnist("nola", "training.averaging.every=2");
    String message =
        assertThrows(
                UserException.class,
                () -> cluster.open(config, Optional.empty(), folder, "another"))
            .getMessage();
    assertTrue(
        message.matches(
            "executor \\d+ on \\S+: the network or its data are not the driver's: let all.*"),
        message);
  }

  @Test
  void missingDataAreReported() {
    String message =
        assertThrows(
                UserException.class,
                () ->
                    cluster.open(
                        config(
                            "mnist",
                            "nola",
                            "training.averaging.every=1",
                            "dataset.name=my-images"),
                        Optional.of(folder),
                        folder,
                        ""))
            .getMessage();
    assertTrue(message.matches("executor \\d+ on \\S+: .*my-images.*"), message);
  }
}
