// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.Network.LastLayer;
import org.nola4j.experiments.results.NearestNeighborMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.VitCheckpoint;

/** On generated images, with a random network of two blocks of width 16 for the pretrained one. */
@Tag("slow")
class VitFewShotTest {
  /** By rate. */
  private static final LossesAlone ALONE =
      new LossesAlone(rate -> lossOfSecondEpoch("linear", rate));

  private static final List<String> METHODS =
      List.of(
          "full", "linear", "lora-rank1", "lora-rank4", "nola-mlp", "nola-mlp-released", "nola-qv");

  @TempDir static Path data;
  @TempDir Path folder;

  @BeforeAll
  static void writePretrainedNetwork() throws IOException {
    ComputationGraph network =
        VisionTransformer.base()
            .width(16)
            .depth(2)
            .heads(2)
            .mlpWidth(64)
            .patchSize(8)
            .imageSize(32)
            .classes(7)
            .seed(3)
            .build()
            .init();
    VitCheckpoint.write(network, data.resolve("base.safetensors"));
  }

  @Test
  void everyMethodStartsFromTheFileLearnsAndWritesWhatWasPlanned() throws IOException {
    assertEquals(METHODS, ConfigLoader.packaged().methods("vit-fewshot"));
    List<Double> starts = new ArrayList<>();
    for (String method : METHODS) {
      ExperimentConfig config =
          config(method, "dataset.passes=5", "training.learningRate=0.02", "dataset.shots=1");
      try (Run run = start(config)) {
        List<Double> losses = new ArrayList<>();
        run.trainEpoch(1, 0, (examples, loss) -> losses.add(loss));
        run.trainEpoch(2, 0, (examples, loss) -> losses.add(loss));
        starts.add(losses.get(0));
        double last = losses.get(losses.size() - 1);
        assertTrue(last < 0.9 * losses.get(0), method + " from " + losses.get(0) + " to " + last);
        Plan plan = new VitFewShotExperiment().plan(config);
        assertEquals(plan.parameters(), run.parameters(), method);
        Path file = folder.resolve(method);
        run.writeAdapter(file);
        assertEquals(plan.adapterBytes(), Files.size(file), method);
      }
    }
    for (int i = 0; i < METHODS.size(); i++) {
      // With the paper's alpha = 1/k the adapter is not quite 0 before training, the less for few.
      double tolerance = METHODS.get(i).startsWith("nola") ? 2e-3 : 1e-5;
      assertEquals(starts.get(0), starts.get(i), tolerance, METHODS.get(i));
    }
  }

  /** Tables 6 and 7, by one of 12 or 24 equal blocks. */
  @Test
  void countsAreThePapers() {
    assertEquals(49_152, 12 * perBlock("nola-mlp", "vit-base"));
    assertEquals(49_152, 12 * perBlock("nola-mlp-released", "vit-base"));
    assertEquals(49_152, 12 * perBlock("nola-qv", "vit-base"));
    assertEquals(147_456, 12 * perBlock("lora-rank4", "vit-base"));
    assertEquals(98_304, 24 * perBlock("nola-mlp", "vit-large"));
    assertEquals(98_304, 24 * perBlock("lora-rank1", "vit-large"));
    assertEquals(393_216, 24 * perBlock("lora-rank4", "vit-large"));
  }

  @Test
  void headIsPlannedForTheClassesOfTheData() {
    assertEquals(17 * 10, head("dataset.name=synthetic-shapes"));
    assertEquals(17 * 200, head("dataset.name=cub200"));
    assertEquals(17 * 2, head("dataset.classes={\"first\": 1, \"last\": 2}"));
  }

  private static long head(String setting) {
    return new VitFewShotExperiment().plan(config("linear", setting)).parameters().trained();
  }

  private static long perBlock(String method, String network) {
    List<Setting> settings =
        Stream.of("model.network=" + network, "model.depth=1").map(Setting::parse).toList();
    ExperimentConfig config = ConfigLoader.packaged().load("vit-fewshot", method, settings);
    Plan plan = new VitFewShotExperiment().plan(config);
    ParameterCounts block = plan.layers().get("block0");
    int width = network.equals("vit-base") ? 768 : 1024;
    assertEquals(10L * (width + 1), plan.parameters().trained() - block.trained());
    assertEquals(0, block.biases());
    return block.coefficients();
  }

  @Test
  void resumedRunEndsWithTheSameBitsAsAnUninterruptedOne() throws IOException {
    ExperimentConfig config = config("nola-mlp", "dataset.augmentation=few-shot");
    List<Double> whole = new ArrayList<>();
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    try (Run run = start(config)) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      run.trainEpoch(
          2,
          0,
          (examples, loss) -> {
            whole.add(loss);
            if (whole.size() == 1) {
              run.writeState(state);
            }
          });
      run.writeAdapter(folder.resolve("one"));
    }
    List<Double> resumed = new ArrayList<>();
    try (Run run = start(config)) {
      run.readState(new ByteArrayInputStream(state.toByteArray()));
      run.trainEpoch(2, 1, (examples, loss) -> resumed.add(loss));
      run.writeAdapter(folder.resolve("two"));
    }
    assertEquals(2, whole.size());
    assertEquals(whole.subList(1, 2), resumed);
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("one")), Files.readAllBytes(folder.resolve("two")));
  }

  @Test
  void nearestNeighborsAreOfTheUntunedNetworkWhereOnlyTheHeadIsTrained() throws IOException {
    NearestNeighborMetrics untuned;
    try (Run run = start(config("linear"))) {
      untuned = run.evaluate().nearestNeighbors();
      run.trainEpoch(1, 0, (examples, loss) -> {});
      assertEquals(untuned, run.evaluate().nearestNeighbors());
    }
    assertTrue(untuned.cosine() > 0 && untuned.cosine() <= 1, untuned.toString());
    try (Run run =
        start(config("full", "evaluation.nearestNeighbors=true", "training.learningRate=0.05"))) {
      assertEquals(untuned, run.evaluate().nearestNeighbors());
      run.trainEpoch(1, 0, (examples, loss) -> {});
      assertNotEquals(untuned, run.evaluate().nearestNeighbors());
    }
    try (Run run = start(config("nola-mlp"))) {
      assertNull(run.evaluate().nearestNeighbors());
    }
  }

  @Test
  void featuresAreWhatTheHeadSees() {
    Network network =
        new VitFewShotExperiment()
            .build(config("nola-mlp"), ExampleShape.images(32, 10), Contexts.withData(data));
    INDArray images = Nd4j.linspace(DataType.FLOAT, -1, 0.0003, 6144).reshape(2, 3, 32, 32);
    INDArray expected =
        ((GraphNetwork) network).graph().feedForward(images, false).get(VisionTransformer.POOLING);
    assertTrue(Transforms.abs(expected).sumNumber().doubleValue() > 0);
    LastLayer seen = network.lastLayer().orElseThrow().apply(new DataSet(images, null));
    assertEquals(expected, seen.features());
    assertEquals(network.output(images), seen.output());
    assertArrayEquals(new long[] {2, 16}, expected.shape());
  }

  /**
   * By a preset's own method and rate on a tiny transformer, against its head alone at that rate.
   * LoRA's is five times smaller, and takes more than these few steps.
   */
  @ParameterizedTest
  @CsvSource({
    "nola-mlp, 0.9",
    "nola-mlp-released, 0.9",
    "nola-qv, 0.9",
    "lora-rank1, 0.995",
    "lora-rank4, 0.99"
  })
  void presetsTrainTheirBlocksToAdvantage(String method, double most) {
    double rate =
        ConfigLoader.packaged().load("vit-fewshot", method, List.of()).training().learningRate();
    ALONE.assertGain(rate, lossOfSecondEpoch(method, rate), most);
  }

  private static double lossOfSecondEpoch(String method, double rate) {
    List<Double> losses = new ArrayList<>();
    List<String> settings =
        List.of("base.file=base.safetensors", "dataset.passes=10", "training.learningRate=" + rate);
    try (Run run = start(load("vit-fewshot", method, settings))) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      run.trainEpoch(2, 0, (examples, loss) -> losses.add(loss));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** The loss is linear in the share of the label that all classes get. */
  @Test
  void labelsAreSmoothed() throws IOException {
    double none = firstLoss("training.labelSmoothing=0");
    double some = firstLoss("training.labelSmoothing=0.2");
    double more = firstLoss("training.labelSmoothing=0.4");
    assertTrue(Math.abs(some - none) > 1e-4, none + " and " + some);
    assertEquals(2 * (some - none), more - none, 1e-5);
  }

  private static double firstLoss(String setting) throws IOException {
    List<Double> losses = new ArrayList<>();
    try (Run run = start(config("linear", setting))) {
      run.trainEpoch(1, 0, (examples, loss) -> losses.add(loss));
    }
    return losses.get(0);
  }

  @Test
  void pretrainedModelIsWrittenWholeAndFineTuned() throws IOException {
    Path file = folder.resolve("pretrained.safetensors");
    ExperimentConfig config = pretraining("evaluation.nearestNeighbors=true");
    Experiment experiment = new VitPretrainExperiment();
    NearestNeighborMetrics features;
    try (Run run = experiment.start(config, Contexts.withData(data))) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      features = run.evaluate().nearestNeighbors();
      run.writeAdapter(file);
      assertEquals(experiment.plan(config).parameters(), run.parameters());
    }
    assertEquals(experiment.plan(config).adapterBytes(), Files.size(file));
    try (Run run = start(config("linear", "base.file=" + file, "seed=2", "dataset.shotsSeed=1"))) {
      assertEquals(features, run.evaluate().nearestNeighbors());
    }
    assertMessage(
        "reparameterization: vit-pretrain trains all weights directly: set its method to dense, and"
            + " remove coefficientBits, classifier, and model.adapted",
        () -> experiment.plan(pretraining("model.adapted=[\"q\"]")));
    RunContext plain = Contexts.withData(data);
    RunContext noting =
        new RunContext(plain.dataDirectory(), plain.results(), plain.notes(), Map.of("a", "b"));
    assertMessage(
        "--note: vit-pretrain writes a whole model, which has no notes: leave them out",
        () -> experiment.start(config, noting));
  }

  @Test
  void baseThatDoesNotFitIsNamed() throws IOException {
    Path file = data.resolve("base.safetensors");
    assertMessage(
        "base.file is missing: set it to a .safetensors file with the weights of the pretrained"
            + " network, with timm's names",
        () -> start(config("linear", "base.file=null")));
    String absent =
        assertThrows(UserException.class, () -> start(config("linear", "base.file=no.safetensors")))
            .getMessage();
    assertTrue(
        absent.startsWith("base.file: file no.safetensors was not found; looked for "), absent);
    assertTrue(absent.contains(data.resolve("no.safetensors").toString()), absent);
    assertMessage(
        "base.file: the network in %s does not match the model configuration: set model.depth=2 (now 3), model.mlpWidth=64 (now 32), or use another file"
            .formatted(file),
        () -> start(config("linear", "model.depth=3", "model.mlpWidth=32")));
    Files.writeString(data.resolve("no-vit"), "nothing");
    String other =
        assertThrows(UserException.class, () -> start(config("linear", "base.file=no-vit")))
            .getMessage();
    assertTrue(other.startsWith("base.file: " + data.resolve("no-vit")), other);
  }

  @Test
  void digestIsToldOnceRecordedAndChecked() throws IOException {
    Path file = folder.resolve("told.safetensors");
    Files.copy(data.resolve("base.safetensors"), file);
    List<String> notes = new ArrayList<>();
    RunContext context = new RunContext(Optional.of(folder), new ResultStore(folder), notes::add);
    ExperimentConfig asked = config("linear", "base.file=told.safetensors");
    Experiment experiment = new VitFewShotExperiment();
    ExperimentConfig identified = experiment.identified(asked, context);
    String digest = identified.base().as(BaseConfig.Stored.class).sha256();
    assertEquals(List.of("base.file is %s, base.sha256=%s".formatted(file, digest)), notes);
    experiment.start(experiment.identified(asked, context), context).close();
    experiment.start(asked, context).close();
    assertEquals(identified, experiment.identified(identified, context));
    assertEquals(1, notes.size());

    Files.write(file, new byte[1], StandardOpenOption.APPEND);
    String other =
        experiment.identified(asked, context).base().as(BaseConfig.Stored.class).sha256();
    assertNotEquals(digest, other);
    assertMessage(
        "base.sha256: %s has %s, expected %s: use another file or remove base.sha256"
            .formatted(file, other, digest),
        () -> experiment.start(identified, context));
    Files.delete(file);
    assertEquals(asked, experiment.identified(asked, context));
  }

  @Test
  void settingsThatDoNotFitAreNamed() {
    assertMessage(
        "model.adapted is missing: set it to the weights of each block that get an adapter, such as"
            + " [\"fc1\", \"fc2\"]",
        () -> plan("nola-mlp", "model.adapted=null"));
    assertMessage(
        "model.adapted: without adapters, either all weights or only the last layers are"
            + " trained; remove it",
        () -> plan("full", "model.adapted=[\"q\"]"));
    assertMessage(
        "configuration of vit-fewshot/nola-mlp: model.adapted must be a subset of [q, k, v, proj,"
            + " fc1, fc2], was [fc3]",
        () -> plan("nola-mlp", "model.adapted=[\"fc3\"]"));
    assertMessage(
        "reparameterization: weight \"fc1\" (16 x 64) of layer \"block0\" (TransformerBlock): w0"
            + " must be pretrained, because a trained network is adapted",
        () -> plan("nola-mlp", "reparameterization.w0=seeded"));
    assertMessage(
        "classifier: the last layer is always dense; remove it",
        () -> plan("nola-mlp", "classifier={\"method\": \"dense\"}"));
    assertMessage(
        "dataset.imageSize must be a multiple of model.patchSize, but images have 36 and patches 8"
            + " pixels a side: set one of the two",
        () -> plan("nola-mlp", "dataset.imageSize=36"));
    assertMessage(
        "base: this experiment adapts a network from a file: set base.file",
        () ->
            plan(
                "linear",
                """
                base={"seed": 1, "dataset": {"name": "mnist", "normalization": "unit"},
                      "training": {"epochs": 1, "batchSize": 1, "optimizer": "sgd",
                                   "learningRate": 1, "schedule": {"kind": "constant"}}}
                """));
  }

  private static void plan(String method, String... settings) {
    new VitFewShotExperiment().plan(config(method, settings));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(UserException.class, action::run).getMessage());
  }

  private static Run start(ExperimentConfig config) {
    return new VitFewShotExperiment().start(config, Contexts.withData(data));
  }

  private static ExperimentConfig config(String method, String... settings) {
    List<String> all = new ArrayList<>(List.of("base.file=base.safetensors"));
    if (method.startsWith("nola")) {
      all.addAll(List.of("reparameterization.k=8", "reparameterization.l=8"));
    }
    all.addAll(List.of(settings));
    return load("vit-fewshot", method, all);
  }

  private static ExperimentConfig pretraining(String setting) {
    return load("vit-pretrain", "dense", List.of("dataset.classes=null", setting));
  }

  private static ExperimentConfig load(String experiment, String method, List<String> settings) {
    List<Setting> all = new ArrayList<>();
    for (String setting :
        List.of(
            "dataset.name=synthetic-shapes",
            "dataset.augmentation=none",
            "dataset.imageSize=32",
            "dataset.shots=3",
            "dataset.validation=100",
            "model.network=vit-base",
            "model.width=16",
            "model.depth=2",
            "model.heads=2",
            "model.patchSize=8",
            "training.epochs=2",
            "training.labelSmoothing=0")) {
      all.add(Setting.parse(setting));
    }
    settings.stream().map(Setting::parse).forEach(all::add);
    return ConfigLoader.packaged().load(experiment, method, all);
  }
}
