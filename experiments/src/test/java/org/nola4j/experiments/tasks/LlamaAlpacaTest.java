// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.experiments.SharedFiles;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.ResultsTable;
import org.nola4j.experiments.run.ProgressListener;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;

/** With stories260k, a few of Alpaca's instructions, and a question of each of MMLU's subjects. */
@Tag("slow")
class LlamaAlpacaTest {
  private final LlamaAlpacaExperiment experiment = new LlamaAlpacaExperiment();
  @TempDir private Path folder;

  private static ExperimentConfig preset(String method, String... settings) {
    return ConfigLoader.packaged()
        .load("llama-alpaca", method, Stream.of(settings).map(Setting::parse).toList());
  }

  private static ExperimentConfig config(String method, String... more) {
    Stream<String> small =
        Stream.of(
            "base.file=" + SharedFiles.find("data/stories260k/stories260K.bin"),
            "base.tokenizer=" + SharedFiles.find("data/stories260k/tok512.bin"),
            "model.maxPrompt=100",
            "model.maxAnswer=60",
            "dataset.samples=24",
            "dataset.measured=6",
            "training.batchSize=2",
            "training.gradientAccumulation=4",
            "evaluation.mmlu=null");
    return preset(method, Stream.concat(small, Stream.of(more)).toArray(String[]::new));
  }

  private RunContext context() {
    Path data = SharedFiles.find("data/alpaca").getParent();
    return new RunContext(Optional.of(data), new ResultStore(folder), line -> {});
  }

  /** The nine cells of the paper's table 5, of which three train nothing. */
  @ParameterizedTest
  @CsvSource({
    "none, 7b, 0",
    "none, 13b, 0",
    "none, 70b, 0",
    "lora, 7b, 2498560",
    "lora, 13b, 3911680",
    "lora, 70b, 12943360",
    "nola, 7b, 57344",
    "nola-13b, 13b, 143360",
    "nola-70b, 70b, 573440",
    "nola-release, 7b, 229376",
    "nola-release, 13b, 286720",
    "nola-release, 70b, 573440",
    "lora-release, 70b, 12943360",
  })
  void countsAreThoseOfTable5(String method, String size, long trained) {
    Plan plan = experiment.plan(preset(method, "model.network=llama-" + size));
    assertEquals(trained, plan.parameters().trained());
    long frozen =
        switch (size) {
          case "7b" -> 6_738_415_616L;
          case "13b" -> 13_015_864_320L;
          default -> 68_976_648_192L;
        };
    assertEquals(frozen, plan.parameters().frozen());
  }

  /** What planning promises is what a run has. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "lora", "nola"})
  void planIsThatOfTheRun(String method) throws IOException {
    ExperimentConfig config = config(method);
    Plan plan = experiment.plan(config);
    try (Run run = experiment.start(config, context())) {
      assertEquals(plan.parameters(), run.parameters());
      Path adapter = folder.resolve("adapter.safetensors");
      run.writeAdapter(adapter);
      assertEquals(plan.adapterBytes(), adapter.toFile().length());
    }
  }

  @ParameterizedTest
  @CsvSource({"nola, 0.03", "lora, 0.003"})
  void trains(String method, String rate) throws IOException {
    ExperimentConfig config = config(method, "training.learningRate=" + rate);
    try (Run run = experiment.start(config, context())) {
      double before = run.testLoss();
      for (int epoch = 1; epoch <= 8; epoch++) {
        run.trainEpoch(epoch, 0, (examples, loss) -> {});
      }
      assertTrue(run.testLoss() < before - 0.05, before + " to " + run.testLoss());
    }
  }

  /** A checkpoint in the middle of an epoch, with several batches a step. */
  @Test
  void resumedRunEndsWithTheSameBits() throws IOException {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    ExperimentConfig config = config("nola");
    FinalMetrics metrics;
    int[] steps = {0};
    try (Run run = experiment.start(config, context())) {
      run.trainEpoch(
          1,
          0,
          (examples, loss) -> {
            if (++steps[0] == 2) {
              run.writeState(state);
            }
          });
      run.writeState(one);
      metrics = run.evaluate();
    }
    assertEquals(3, steps[0]);
    try (Run run = experiment.start(config, context())) {
      run.readState(new ByteArrayInputStream(state.toByteArray()));
      run.trainEpoch(1, 2, (examples, loss) -> {});
      run.writeState(two);
      assertEquals(metrics, run.evaluate());
    }
    assertArrayEquals(one.toByteArray(), two.toByteArray());
  }

  @Test
  void withoutFineTuningIsWhatAdaptersStartFrom() throws IOException {
    ResultStore store = new ResultStore(folder.resolve("o"));
    ExperimentConfig config = config("none", "evaluation.mmlu={\"shots\": 0, \"questions\": 1}");
    new Runner(store, ProgressListener.all(List.of()), Duration.ofHours(1))
        .run(experiment, config, context(), false);
    ExperimentResult result = ResultStore.read(folder.resolve("o/llama-alpaca/none-seed0.json"));
    assertEquals(0, result.parameters().trained());
    assertEquals(List.of(), result.epochs());
    double mmlu = result.finalMetrics().mmlu();
    assertTrue(mmlu >= 0.05 && mmlu <= 0.5, "57 questions: " + mmlu);
    String table =
        TableFormat.MARKDOWN.render(
            ResultsTable.of(
                "llama-alpaca",
                store.readAll("llama-alpaca"),
                PaperFigures.of(ConfigLoader.packaged(), "llama-alpaca")));
    for (String title : List.of("valid. loss", "MMLU %", "paper's MMLU %", "paper's valid. loss")) {
      assertTrue(table.contains("| " + title + " |"), table);
    }
    try (Run run = experiment.start(config("nola"), context())) {
      assertEquals(result.finalMetrics().testLoss(), run.testLoss(), 1e-6);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dataset.name=e2e | dataset.name must be alpaca",
        "model.maxAnswer=500 | model.maxPrompt + model.maxAnswer must be at most 513",
        "base.bits=4 | base.bits must be 8",
        "base.file=null | base.file is missing",
        "base.file=/none | /none",
        "reparameterization={\"method\":\"dense\"} | trains adapters over frozen weights",
      })
  void whatIsWrongIsNamed(String setting, String message) {
    UserException error =
        assertThrows(
            UserException.class, () -> experiment.start(config("nola", setting), context()));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }
}
