// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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
import org.nola4j.experiments.network.Replica;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.run.ProgressListener;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.Cluster;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.spi.TrainedShare;
import org.nola4j.experiments.spi.Workers;
import org.nola4j.experiments.tasks.MnistExperiment;
import org.nola4j.models.VisionTransformer;

/** Runs on executors in processes of their own. */
@Tag("slow")
class SparkRunTest {
  private static final String MASTER = "local-cluster[2,1,1024]";

  private static JavaSparkContext spark;
  private static Cluster cluster;

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();

  @BeforeAll
  static void start() {
    spark = Sessions.start(MASTER);
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
        Optional.of(folder), new ResultStore(folder), notes::add, Map.of(), machines);
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
    assertEquals(
        List.of(
            "Spark %s, local-cluster[2,1,1024]: 2 copies, averaged every 3 steps; a round sends 4,003 bytes to each executor and 4,232 from each copy"
                .formatted(spark.version())),
        notes);
  }

  /** The executors read encoder, tokenizer and texts from files. */
  @Test
  void aTextClassifierIsTheSameToo() throws IOException {
    assertAsOnOneMachine(textClassification("nola-qv"), () -> {});
  }

  private ExperimentConfig textClassification(String method) throws IOException {
    StringBuilder csv = new StringBuilder("label,text\n");
    for (int i = 0; i < 24; i++) {
      csv.append("shipping,w1 w2 w3").append(" w4".repeat(i % 3)).append('\n');
      csv.append("billing,w5 w6 w7").append(" w8".repeat(i % 3)).append('\n');
    }
    return config(
        "text-classification",
        method,
        "base.file=" + Bases.bert(folder, 2, 32),
        "dataset.name=" + Files.writeString(folder.resolve("tickets.csv"), csv),
        "dataset.validation=6",
        "dataset.shots=8",
        "model.maxTokens=8",
        "training.batchSize=2",
        "training.averaging.every=2");
  }

  @Test
  void aLanguageModelIsTheSameToo() throws IOException {
    Path data = Files.createDirectories(folder.resolve("nlg/e2e"));
    List<String> lines = List.of("name : ant||the ant is here .", "name : bee||here is a bee .");
    for (String part : List.of("train", "valid", "test")) {
      Files.write(
          data.resolve(part + ".txt"),
          Collections.nCopies(4, lines).stream().flatMap(List::stream).toList());
    }
    assertAsOnOneMachine(
        config(
            "gpt2-nlg",
            "nola-qv",
            "base.file=" + Bases.gpt2(folder),
            "reparameterization.k=20",
            "reparameterization.l=20",
            "training.batchSize=2",
            "training.schedule.warmupSteps=1",
            "training.averaging.every=1"),
        () -> {});
  }

  /** With the original folder gone, what executors read can only be what was sent. */
  @Test
  void dataAreSent() throws IOException {
    Path all = folder.resolve("data");
    writeMnist(Files.createDirectories(all.resolve("mnist")));
    ExperimentConfig config = config("mnist", "nola", "training.averaging.every=1");
    RunContext here = new RunContext(Optional.of(all), new ResultStore(folder), line -> {});
    String digest;
    try (Replica replica = new MnistExperiment().replica(config, here)) {
      digest = replica.digest();
    }
    Optional<Path> gone = Optional.of(folder.resolve("gone"));
    String shipped = new SparkCluster(spark, true).ship("mnist", Optional.of(all));
    Files.move(all, folder.resolve("elsewhere"));
    new SparkCluster(spark, true)
        .open(config, gone, new ResultStore(folder), notes::add, digest, shipped)
        .close();
  }

  /** Thirty images of their own, so that no other set has their digest. */
  private static void writeMnist(Path folder) throws IOException {
    for (String split : List.of("train", "t10k")) {
      ByteBuffer images = ByteBuffer.allocate(16 + 30 * 784);
      images.putInt(0x803).putInt(30).putInt(28).putInt(28);
      new Random(7).ints(30 * 784L).forEach(pixel -> images.put((byte) pixel));
      ByteBuffer labels = ByteBuffer.allocate(8 + 30).putInt(0x801).putInt(30);
      for (int i = 0; i < 30; i++) {
        labels.put((byte) (i % 10));
      }
      Files.write(folder.resolve(split + "-images-idx3-ubyte"), images.array());
      Files.write(folder.resolve(split + "-labels-idx1-ubyte"), labels.array());
    }
  }

  @Test
  void anotherVersionIsReported() {
    Job job = new Job("{}", "mnist", null, null, "", "", "nola-dl4j 0.0.1");
    List<String> wrong = spark.parallelize(List.of(1), 1).map(slot -> Trainers.check(job)).first();
    assertTrue(
        wrong
            .get(0)
            .matches(
                "executor \\d+ on \\S+: runs nola-dl4j .*, but the driver runs nola-dl4j 0.0.1:"
                    + " .*"),
        wrong.get(0));
  }

  /**
   * In each of Spark's four attempts. Not for want of memory: an executor ends by that, and whether
   * Spark names the error or the executor's exit is then chance.
   */
  @Test
  void whatSparkGivesUpOnIsOneLine() {
    UserException error =
        assertThrows(
            UserException.class,
            () ->
                new Collector(spark)
                    .collect(
                        spark
                            .parallelize(List.of(1), 1)
                            .map(
                                slot -> {
                                  throw new IllegalStateException("no");
                                })));
    assertTrue(
        error
            .getMessage()
            .matches("Spark gave up: .* executor \\d+\\): java.lang.IllegalStateException: no; .*"),
        error.getMessage());
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

  /** The driver is a process of its own, with executors of its own. */
  @Test
  void aKilledDriverResumesAtItsRound() throws Exception {
    ExperimentConfig config = mnist("nola", "training.averaging.every=1", "training.epochs=3");
    RunId id = RunId.of(config);
    ResultStore killed = new ResultStore(folder.resolve("killed"));
    Process driver = driver(folder.resolve("killed"));
    while (!Files.exists(killed.checkpointFile(id))) {
      assertTrue(driver.isAlive(), () -> "ended with " + driver.exitValue());
      Thread.sleep(20);
    }
    List<ProcessHandle> executors = driver.descendants().filter(SparkRunTest::isExecutor).toList();
    driver.destroyForcibly().waitFor();
    assertEquals(2, executors.size());
    for (ProcessHandle executor : executors) { // they end without their driver
      executor.onExit().get(1, TimeUnit.MINUTES);
    }
    assertTrue(killed.find(id).isEmpty());
    AtomicInteger rounds = new AtomicInteger();
    run(config, killed, Optional.of(cluster), true, rounds);
    assertTrue(rounds.get() < 24, rounds + " rounds after the checkpoint");

    ResultStore whole = new ResultStore(folder.resolve("whole"));
    AtomicInteger all = new AtomicInteger();
    run(config, whole, Optional.empty(), false, all);
    assertEquals(24, all.get());
    assertArrayEquals(
        Files.readAllBytes(whole.adapterFile(id)), Files.readAllBytes(killed.adapterFile(id)));
  }

  private void run(
      ExperimentConfig config,
      ResultStore store,
      Optional<Cluster> machines,
      boolean resume,
      AtomicInteger rounds)
      throws IOException {
    ProgressListener counting =
        new ProgressListener() {
          @Override
          public void batchDone(double loss) {
            rounds.incrementAndGet();
          }
        };
    new Runner(store, counting, Duration.ofDays(1))
        .run(
            Catalog.installed().experiment(config.experiment()),
            config,
            new RunContext(Optional.empty(), store, notes::add, Map.of(), machines),
            resume);
  }

  /** {@code nola run} with a checkpoint after every round. */
  private static Process driver(Path out) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("org.nola4j.experiments.cli.Main", "run", "mnist", "--method", "nola"));
    command.addAll(
        List.of("--spark", MASTER, "--checkpoint-minutes", "0", "--out", out.toString()));
    for (String setting :
        List.of(
            "dataset.name=mnist-10k",
            "dataset.validation=9000",
            "training.batchSize=64",
            "training.epochs=3",
            "training.averaging.workers=2",
            "training.averaging.every=1")) {
      command.addAll(List.of("--set", setting));
    }
    return new ProcessBuilder(command).inheritIO().start();
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
        new Cluster() {
          @Override
          public String description() {
            return "none";
          }

          @Override
          public Workers open(
              ExperimentConfig any,
              Optional<Path> data,
              ResultStore results,
              Consumer<String> messages,
              String digest) {
            return (state, shares) -> {
              Traffic traffic = Traffic.of(state, new Outcome(new TrainedShare(state, 1, 1), null));
              bytes[0] = Math.toIntExact(traffic.toExecutor());
              bytes[1] = Math.toIntExact(traffic.fromTask());
              throw new IOException("measured");
            };
          }
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

  @Test
  void aRoundSendsWhatIsTrainedAndLittleMore() throws IOException {
    String every = "training.averaging.every=1";
    String numbers = "training.averaging.updater=false";
    int nola = traffic(mnist("nola", every, numbers))[0];
    assertTrue(50 * nola <= traffic(mnist("dense", every, numbers))[0]);
    traffic(mnist("lora", every, numbers));
    String shapes = "dataset.name=synthetic-shapes";
    int residual = traffic(config("cifar10-resnet20", "nola", shapes, every, numbers))[0];
    traffic(config("cifar10-resnet20", "lora", shapes, every, numbers));
    int dense = traffic(config("cifar10-resnet20", "dense", shapes, every, numbers))[0];
    assertTrue(15 * residual <= dense);
  }

  /** Of wrapped networks, the frozen numbers stay where they are. */
  @Test
  void sparkCountsLittleMoreThanTheNumbersOfWrappedNetworks() throws Exception {
    Path vit = Bases.vit(folder, VisionTransformer.tiny().depth(2).imageSize(32).patchSize(8));
    for (String method : List.of("nola-qv", "lora-rank4", "full")) {
      assertCounted(textClassification(method));
      assertCounted(
          config(
              "vit-fewshot",
              method,
              "model.network=vit-tiny",
              "model.depth=2",
              "model.patchSize=8",
              "base.file=" + vit,
              "dataset.name=synthetic-shapes",
              "dataset.imageSize=32",
              "dataset.shots=4",
              "training.averaging.every=1"));
    }
  }

  private void assertCounted(ExperimentConfig config) throws Exception {
    Counted counted = new Counted();
    spark.sc().addSparkListener(counted);
    try (Run run =
        Catalog.installed()
            .experiment(config.experiment())
            .start(config, context(Optional.of(cluster)))) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      spark.sc().listenerBus().waitUntilEmpty();
      double bound = 1.2 * 3 * Float.BYTES * numbers(run); // parameters and Adam's two
      String what = config.method() + " " + notes;
      assertTrue(counted.largestBroadcast() <= bound + 400, counted.largestBroadcast() + what);
      assertTrue(counted.largestResult() <= bound + 4000, counted.largestResult() + what);
    } finally {
      spark.sc().removeSparkListener(counted);
    }
  }

  @Test
  void anotherNetworkIsReported() {
    ExperimentConfig config = mnist("nola", "training.averaging.every=2");
    String message =
        assertThrows(
                UserException.class,
                () ->
                    cluster.open(
                        config, Optional.empty(), new ResultStore(folder), notes::add, "another"))
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
                        new ResultStore(folder),
                        notes::add,
                        ""))
            .getMessage();
    assertTrue(message.matches("executor \\d+ on \\S+: .*my-images.*"), message);
  }
}
