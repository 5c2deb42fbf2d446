// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.Run;

/** With a tokenizer of letters and a corpus of a few lines. */
@Tag("slow")
class Gpt2PretrainTest {
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz:|.\u0120\u010aC";

  private final Gpt2PretrainExperiment experiment = new Gpt2PretrainExperiment();
  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    Path tokenizer = Files.createDirectory(folder.resolve("gpt2-bpe"));
    String tokens =
        IntStream.range(0, LETTERS.length())
            .mapToObj(i -> "\"%c\": %d, ".formatted(LETTERS.charAt(i), i))
            .collect(Collectors.joining());
    String others = // as many tokens as the network
        IntStream.range(LETTERS.length(), 256)
            .mapToObj(i -> "\"%c\": %d, ".formatted((char) ('\u0200' + i), i))
            .collect(Collectors.joining());
    Files.writeString(
        tokenizer.resolve("encoder.json"),
        "{%s%s\"<|endoftext|>\": 256}".formatted(tokens, others));
    Files.writeString(tokenizer.resolve("vocab.bpe"), "#version: 0.2\n");
    Path corpus = Files.createDirectory(folder.resolve("alpaca"));
    String texts =
        IntStream.range(0, 40)
            .mapToObj(i -> "the cat sat on " + LETTERS.charAt(i / 20) + LETTERS.charAt(i % 20))
            .map("{\"instruction\": \"%s .\", \"output\": \"yes\"}"::formatted)
            .collect(Collectors.joining(",\n", "[", "]"));
    Files.writeString(corpus.resolve("alpaca_5000.json"), texts);
  }

  private static ExperimentConfig config(String... more) {
    Stream<String> settings =
        Stream.of(
            "dataset.name=alpaca",
            "dataset.validation=4",
            "model.width=64",
            "model.blocks=1",
            "model.vocabulary=257",
            "model.maxTokens=32",
            "training.learningRate=0.01",
            "training.schedule.warmupSteps=2");
    return ConfigLoader.packaged()
        .load(
            "gpt2-pretrain",
            "dense",
            Stream.concat(settings, Stream.of(more)).map(Setting::parse).toList());
  }

  @Test
  void writesABaseToAdapt() throws IOException {
    ExperimentConfig config = config("training.epochs=2");
    Path file = folder.resolve("pretrained/dense-seed1.safetensors");
    Files.createDirectory(file.getParent());
    try (Run run = experiment.start(config, Contexts.withData(folder))) {
      double before = run.testLoss();
      run.trainEpoch(1, 0, (examples, loss) -> {});
      run.trainEpoch(2, 0, (examples, loss) -> {});
      assertTrue(run.testLoss() < before - 1, before + " to " + run.testLoss());
      run.writeAdapter(file);
    }
    assertEquals(experiment.plan(config).adapterBytes(), Files.size(file));
    Path data = Files.createDirectories(folder.resolve("nlg/e2e"));
    for (String split : new String[] {"train", "valid", "test"}) {
      Files.writeString(data.resolve(split + ".txt"), "name : cat||the cat .\n".repeat(3));
    }
    ExperimentConfig adapting =
        ConfigLoader.packaged()
            .load(
                "gpt2-nlg",
                "lora-rank1",
                Stream.of("base.file=" + file, "training.schedule.warmupSteps=1")
                    .map(Setting::parse)
                    .toList());
    try (Run run = new Gpt2NlgExperiment().start(adapting, Contexts.withData(folder))) {
      assertTrue(run.testLoss() < Math.log(257));
      assertEquals(2 * (64 + 64), run.parameters().trained());
    }
  }

  /** 40 texts of 24 tokens, of which 4 are held out. */
  @Test
  void sequencesArePacked() {
    try (Run run = experiment.start(config(), Contexts.withData(folder))) {
      DatasetSummary summary = run.dataset();
      assertEquals(36 * 24 / 32 - 1, summary.trainExamples());
      assertEquals((4 * 24 - 1) / 32, summary.testExamples());
      assertEquals((summary.trainExamples() + 3) / 4, run.batchesPerEpoch());
    }
    try (Run run = experiment.start(config("dataset.samples=5"), Contexts.withData(folder))) {
      assertEquals(5, run.dataset().trainExamples());
      assertEquals(2, run.batchesPerEpoch());
    }
  }

  @Test
  void resumedRunEndsWithTheSameBits() throws IOException {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    ExperimentConfig config = config("dataset.samples=16", "training.epochs=1");
    int[] steps = {0};
    try (Run run = experiment.start(config, Contexts.withData(folder))) {
      run.trainEpoch(
          1,
          0,
          (examples, loss) -> {
            if (++steps[0] == 2) {
              run.writeState(state);
            }
          });
      run.writeState(one);
    }
    try (Run run = experiment.start(config, Contexts.withData(folder))) {
      run.readState(new ByteArrayInputStream(state.toByteArray()));
      run.trainEpoch(1, 2, (examples, loss) -> {});
      run.writeState(two);
    }
    assertArrayEquals(one.toByteArray(), two.toByteArray());
  }

  @Test
  void errorsNameTheSetting() {
    assertError("dataset.validation: alpaca has 40 texts", config("dataset.validation=40"));
    assertError("dataset: 4 texts have", config("model.maxTokens=500"));
    assertError("dataset: only name, validation and samples", config("dataset.shots=5"));
    assertError("model.width must be a multiple of 64", config("model.width=48"));
    assertError("reparameterization: gpt2-pretrain", config("model.lastBlocks=1"));
  }

  private void assertError(String beginning, ExperimentConfig config) {
    UserException error =
        assertThrows(
            UserException.class, () -> experiment.start(config, Contexts.withData(folder)));
    assertTrue(error.getMessage().startsWith(beginning), error.getMessage());
  }
}
