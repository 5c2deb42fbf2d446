// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.metrics.GeneratedText;
import org.nola4j.experiments.metrics.GeneratedTexts;
import org.nola4j.experiments.metrics.TextMetric;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.ResultsTable;
import org.nola4j.experiments.run.ProgressListener;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.Run;
import org.nola4j.models.Gpt2;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.safetensors.TensorType;

/** With a small random model of letters, and data of a few lines in E2E's format. */
@Tag("slow")
class Gpt2NlgTest {
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz:|.\u0120";

  private final Gpt2NlgExperiment experiment = new Gpt2NlgExperiment();
  @TempDir private Path folder;
  private Path base;

  @BeforeEach
  void write() throws IOException {
    base = Files.createDirectory(folder.resolve("gpt2"));
    StringBuilder vocabulary = new StringBuilder("{");
    for (int i = 0; i < LETTERS.length(); i++) {
      vocabulary.append("\"%c\": %d, ".formatted(LETTERS.charAt(i), i));
    }
    vocabulary.append("\"<|endoftext|>\": %d}".formatted(LETTERS.length()));
    Files.writeString(base.resolve("encoder.json"), vocabulary);
    Files.writeString(base.resolve("vocab.bpe"), "#version: 0.2\n");
    ComputationGraph model =
        Gpt2.sized(32, 2)
            .heads(4)
            .vocabularySize(LETTERS.length() + 1)
            .maxPositions(128)
            .build()
            .init();
    Gpt2Checkpoint.write(model, base.resolve("model.safetensors"), TensorType.F32);
    Path data = Files.createDirectories(folder.resolve("nlg/e2e"));
    Files.write(data.resolve("train.txt"), lines("ant", "bee", "cat", "dog", "eel"));
    Files.write(data.resolve("valid.txt"), lines("fox", "gnu"));
    Files.write(data.resolve("test.txt"), lines("hen", "ibis", "jay"));
  }

  private static List<String> lines(String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of(
                    "name : %s||the %s is here .".formatted(name, name),
                    "name : %s||here is the %s .".formatted(name, name)))
        .toList();
  }

  private String[] settings() {
    return new String[] {
      "training.epochs=2",
      "training.batchSize=4",
      "training.schedule.warmupSteps=1",
      "evaluation.texts=2",
      "base.file=" + base
    };
  }

  private ExperimentConfig config(String method, String... more) {
    List<Setting> all =
        Stream.concat(Stream.of(settings()), Stream.of(more)).map(Setting::parse).toList();
    return ConfigLoader.packaged().load("gpt2-nlg", method, all);
  }

  private static ExperimentConfig preset(String method, String... settings) {
    return ConfigLoader.packaged()
        .load("gpt2-nlg", method, Stream.of(settings).map(Setting::parse).toList());
  }

  @Test
  void resultHasScoresOfTheTextsBesideIt() throws IOException {
    ResultStore store = new ResultStore(folder.resolve("o"));
    ExperimentConfig config =
        config(
            "nola-qv",
            "reparameterization.k=20",
            "dataset.samples=6",
            "evaluation.coefficientBits=[4]");
    new Runner(store, ProgressListener.all(List.of()), Duration.ofHours(1))
        .run(experiment, config, Contexts.withData(folder), false);
    Table table =
        ResultsTable.of(
            "gpt2-nlg",
            store.readAll("gpt2-nlg"),
            PaperFigures.of(ConfigLoader.packaged(), "gpt2-nlg"));
    String text = TableFormat.MARKDOWN.render(table);
    for (String title :
        List.of(
            "best valid. acc. %",
            "valid. loss", "paper's BLEU", "paper's METEOR", "BLEU at 4 bits")) {
      assertTrue(text.contains("| " + title + " |"), text);
    }
    assertFalse(text.contains("test acc.") || text.contains("TER"), text);
    assertTrue(text.contains(" 70.00 |") && text.contains("table 1, GPT-2 medium"), text);
    for (String title : List.of("BLEU", "NIST", "METEOR (exact, stem)", "ROUGE-L", "CIDEr")) {
      assertTrue(text.contains("| " + title + " |"), text);
    }
    Path place = folder.resolve("o/gpt2-nlg/nola-qv-seed110.json");
    ExperimentResult result = ResultStore.read(place);
    FinalMetrics metrics = result.finalMetrics();
    assertEquals(Set.of("bleu", "nist", "meteor", "rouge-l", "cider"), metrics.texts().keySet());
    List<GeneratedText> texts =
        GeneratedTexts.read(
            place.resolveSibling("nola-qv-seed110.hypotheses.txt"),
            place.resolveSibling("nola-qv-seed110.references.txt"));
    assertEquals(2, texts.size());
    assertEquals(List.of("the hen is here .", "here is the hen ."), texts.get(0).references());
    assertEquals(TextMetric.ROUGE_L.score(texts), metrics.texts().get("rouge-l"));
    assertEquals(metrics.testLoss(), result.epochs().get(1).testLoss());
    assertEquals(6, result.dataset().trainExamples());
    assertEquals(metrics.texts().keySet(), metrics.quantized().get(0).texts().keySet());
    List<String> curve = Files.readAllLines(place.resolveSibling("nola-qv-seed110.csv"));
    assertEquals(
        "epoch,learningRate,trainLoss,testAccuracy,seconds,millisPerBatch,testLoss", curve.get(0));
    assertTrue(curve.get(2).endsWith("," + metrics.testLoss()), curve.get(2));
    assertTrue(Files.size(place.resolveSibling("nola-qv-seed110.safetensors")) > 0);
    assertEquals(2 * 2 * (20 + 1000), result.parameters().trained());
  }

  @ParameterizedTest
  @CsvSource({
    "nola-mlp, 0.3",
    "lora-rank4, 0.05",
    "adapter-lin, 0.03",
    "adapter-houlsby, 0.01",
    "prefix, 0.1",
    "last-two, 0.01",
    "full, 0.01"
  })
  void trains(String method, String rate) throws IOException {
    ExperimentConfig config =
        config(method, "training.learningRate=" + rate, "training.epochs=8", "evaluation.texts=0");
    try (Run run = experiment.start(config, Contexts.withData(folder))) {
      double before = run.testLoss();
      for (int epoch = 1; epoch <= 8; epoch++) {
        run.trainEpoch(epoch, 0, (examples, loss) -> {});
      }
      assertTrue(run.testLoss() < before - 0.05, before + " to " + run.testLoss());
      assertEquals(experiment.plan(config).parameters(), run.parameters());
      Path file = folder.resolve("adapter.safetensors");
      run.writeAdapter(file);
      assertEquals(experiment.plan(config).adapterBytes(), Files.size(file));
    }
  }

  @Test
  void resumedRunEndsWithTheSameBits() throws IOException {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    FinalMetrics metrics;
    ExperimentConfig config = config("lora-rank1", "training.learningRate=0.01");
    try (Run run = experiment.start(config, Contexts.withData(folder))) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      int[] steps = {0};
      run.trainEpoch(
          2,
          0,
          (examples, loss) -> {
            if (++steps[0] == 1) {
              run.writeState(state);
            }
          });
      run.writeState(one);
      metrics = run.evaluate();
    }
    try (Run run = experiment.start(config, Contexts.withData(folder))) {
      run.readState(new ByteArrayInputStream(state.toByteArray()));
      run.trainEpoch(2, 1, (examples, loss) -> {});
      run.writeState(two);
      assertEquals(metrics, run.evaluate());
    }
    assertArrayEquals(one.toByteArray(), two.toByteArray());
  }

  /** Of one block of the width of GPT-2 medium or large, as many times as the model has blocks. */
  @ParameterizedTest
  @CsvSource({
    "nola-qv, 1024, 24, 1000, 96000",
    "nola-mlp, 1024, 24, 1000, 96000",
    "nola-qv, 1024, 24, 500, 48000",
    "nola-qv, 1280, 36, 1000, 144000",
    "lora-rank1, 1024, 24, 0, 98304",
    "lora-rank4, 1024, 24, 0, 393216",
    "nola-qv, 1024, 24, 250, 24000",
    "nola-qv, 1024, 24, 125, 12000",
    "nola-qv, 1024, 24, 4096, 393216",
    "nola-qv, 1280, 36, 500, 72000",
    "nola-qv, 1280, 36, 250, 36000",
    "lora-rank1, 1280, 36, 0, 184320",
    "lora-rank4, 1280, 36, 0, 737280",
    "adapter-lin, 1024, 24, 0, 368784",
    "adapter-lin-wide, 1024, 24, 0, 11089152",
    "adapter-houlsby, 1024, 24, 0, 11064576",
    "prefix, 1024, 24, 0, 344064",
  })
  void countsAreThoseOfTable1(String method, int width, int blocks, int k, long trained)
      throws IOException {
    Path file = folder.resolve("block.safetensors");
    Gpt2Checkpoint.write(
        Gpt2.sized(width, 1).vocabularySize(2).maxPositions(2).build().init(),
        file,
        TensorType.F16);
    List<String> settings = new ArrayList<>(List.of("base.file=" + file));
    if (k > 0) {
      settings.addAll(List.of("reparameterization.k=" + k, "reparameterization.l=" + k));
    }
    ExperimentConfig config = preset(method, settings.toArray(String[]::new));
    assertEquals(trained, blocks * experiment.plan(config).parameters().trained());
  }

  /** Table 1's rows of GPT-2 large, with other sizes than the presets'. */
  @ParameterizedTest
  @CsvSource({"adapter-lin, 8, 875808", "adapter-lin, 248, 23002848", "prefix, 8, 737280"})
  void countsOfInsertionsInGpt2Large(String method, int size, long trained) {
    ExperimentConfig config =
        preset(
            method,
            "model.width=1280",
            "model.blocks=1",
            "model.vocabulary=257",
            "model.insertionSize=" + size);
    assertEquals(trained, 36 * experiment.plan(config).parameters().trained());
  }

  @Test
  void lastTwoBlocksAreThoseOfTable1() {
    ExperimentConfig config = preset("last-two", "model.blocks=2");
    assertEquals(25_192_448, experiment.plan(config).parameters().trained());
  }

  @Test
  void allWeightsAreThoseOfTable1() {
    ExperimentConfig config =
        preset("full", "model.width=1024", "model.blocks=1", "model.vocabulary=50257");
    long block = 12L * 1024 * 1024 + 13 * 1024;
    assertEquals(354_823_168, 23 * block + experiment.plan(config).parameters().trained());
  }

  @Test
  void missingModelIsNamed() {
    UserException error =
        assertThrows(
            UserException.class,
            () -> experiment.start(preset("nola-qv"), Contexts.withData(folder)));
    assertTrue(error.getMessage().startsWith("base.file is missing"), error.getMessage());
  }

  @Test
  void aFolderWithoutAModelIsNamed() throws IOException {
    assertRefused("base.file: there is no " + folder, "base.file=" + folder);
    Files.delete(base.resolve("vocab.bpe"));
    assertRefused("set base.tokenizer to a tokenizer.json");
  }

  @Test
  void samplesNeedRoomForTheirTexts() {
    assertRefused("model.maxTokens: the data of a sample fill all 8 tokens", "model.maxTokens=8");
  }

  private void assertRefused(String message, String... settings) {
    UserException error =
        assertThrows(
            UserException.class,
            () -> experiment.start(config("nola-qv", settings), Contexts.withData(folder)));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void settingsOfImagesAreRefused() {
    UserException error =
        assertThrows(
            UserException.class,
            () ->
                experiment.start(config("nola-qv", "dataset.shots=5"), Contexts.withData(folder)));
    assertTrue(error.getMessage().startsWith("dataset: only name"), error.getMessage());
  }
}
