// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializable;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.node.POJONode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;

class ResultStoreTest {
  @TempDir Path folder;

  @Test
  void writtenResultIsReadBackEqual() throws IOException {
    ExperimentResult sample = sample();
    store().write(sample);
    ExperimentResult read = store().find(sample.id()).orElseThrow();
    assertEquals(Json.tree(sample), Json.tree(read));
    assertEquals(sample.finalMetrics(), read.finalMetrics());
    assertEquals(List.of(read), store().readAll("mnist"));
  }

  @Test
  void jsonHasTheDocumentedFields() throws IOException {
    store().write(sample());
    JsonNode tree = Json.STRICT.readTree(store().resultFile(sample().id()).toFile());
    assertEquals(
        List.of(
            "experiment",
            "method",
            "seed",
            "config",
            "dataset",
            "parameters",
            "adapterBytes",
            "epochs",
            "final",
            "best",
            "timing",
            "environment"),
        tree.properties().stream().map(Map.Entry::getKey).toList());
    assertEquals(List.of("trainLoss", "trainAccuracy", "testAccuracy"), keys(tree.get("final")));
    assertEquals(
        List.of(
            "coefficients",
            "biases",
            "batchNormAffine",
            "batchNormStatistics",
            "frozen",
            "trained"),
        keys(tree.get("parameters")));
    assertEquals(List.of("testAccuracy", "epoch"), keys(tree.get("best")));
    assertEquals(List.of("secondsTotal", "millisPerBatchMedian"), keys(tree.get("timing")));
    assertTrue(
        keys(tree.at("/epochs/0"))
            .containsAll(List.of("epoch", "trainLoss", "testAccuracy", "seconds")));
  }

  @Test
  void resultThatCannotBeWrittenLeavesTheOldOne() throws IOException {
    ExperimentResult sample = sample();
    store().write(sample);
    Path file = store().resultFile(sample.id());
    String old = Files.readString(file);
    ExperimentResult broken = withConfig(sample, new POJONode(new Unwritable()));
    assertThrows(IOException.class, () -> store().write(broken));
    assertEquals(old, Files.readString(file));
    assertEquals(1, file.getParent().toFile().list().length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "trainLoss": 0.72,       |                         | final.trainLoss is missing
          "trainLoss": 0.72        | "trainLoss": "low"      | final.trainLoss must be a number, was "low"
          "trained": 330           | "trained": 331          | parameters.trained must be coefficients + biases + batchNormAffine = 330, was 331
          "method": "nola",        |                         | method is missing
          "epoch": 2,              | "epoch": 2.5,           | epochs[1].epoch must be a whole number, was 2.5
          """)
  void malformedFieldIsNamedWithItsFile(String before, String after, String problem)
      throws IOException {
    Path file = sampleCopy();
    String text = Files.readString(file);
    assertTrue(text.contains(before), before);
    int last = text.lastIndexOf(before);
    int first = text.indexOf(before);
    int at = problem.startsWith("final") ? last : first;
    Files.writeString(
        file,
        text.substring(0, at)
            + (after == null ? "" : after)
            + text.substring(at + before.length()));
    UserException error = assertThrows(UserException.class, () -> store().readAll("mnist"));
    assertEquals(file + ": not a result: " + problem, error.getMessage());
  }

  /** A configuration is printed digit by digit, which an infinite number has not. */
  @Test
  void numbersBeyondTheRangeOfDoubleAreNamed() throws IOException {
    Path file = sampleCopy();
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("\"trainLoss\": [0-9.]+", "\"trainLoss\": 1e999"));
    UserException error = assertThrows(UserException.class, () -> store().readAll("mnist"));
    assertTrue(error.getMessage().startsWith(file + ": not a result: line "), error.getMessage());
    assertTrue(error.getMessage().contains("the number 1e999 is too large"), error.getMessage());
  }

  @Test
  void whatIsNoObjectIsNoResult() throws IOException {
    Path file = Files.writeString(sampleCopy(), "null");
    UserException error = assertThrows(UserException.class, () -> ResultStore.read(file));
    assertTrue(error.getMessage().contains("expected a JSON object"), error.getMessage());
  }

  @Test
  void truncatedFileIsNamed() throws IOException {
    Path file = sampleCopy();
    Files.writeString(file, Files.readString(file).substring(0, 300));
    UserException error = assertThrows(UserException.class, () -> store().readAll("mnist"));
    assertTrue(error.getMessage().startsWith(file + ": not a result: line "));
    assertTrue(error.getMessage().contains("not valid JSON"), error.getMessage());
  }

  @Test
  void resultUnderAnotherNameIsRefused() throws IOException {
    Path file = sampleCopy();
    Path other = Files.move(file, file.resolveSibling("lora-seed1.json"));
    UserException error = assertThrows(UserException.class, () -> store().readAll("mnist"));
    assertEquals(
        other + ": contains mnist nola seed 1, whose file name is nola-seed1.json",
        error.getMessage());
  }

  @Test
  void fieldsOfLaterVersionsAreSkipped() throws IOException {
    Path file = sampleCopy();
    Files.writeString(file, Files.readString(file).replaceFirst("\\{", "{\"later\": 1,"));
    assertEquals(1, store().readAll("mnist").size());
  }

  @Test
  void otherFilesInTheFolderAreNoResults() throws IOException {
    Path file = sampleCopy();
    Files.writeString(file.resolveSibling("notes.json"), "not JSON");
    Files.writeString(file.resolveSibling("nola-seed1.checkpoint"), "");
    assertEquals(1, store().readAll("mnist").size());
  }

  @Test
  void missingResultsSayHowToMakeThem() {
    UserException error = assertThrows(UserException.class, () -> store().readAll("mnist"));
    assertEquals(
        "no results in %s; run ./nola run mnist --out %s"
            .formatted(folder.resolve("mnist"), folder),
        error.getMessage());
    assertFalse(store().find(new RunId("mnist", "nola", 1)).isPresent());
  }

  /** Without --resume, the run would start over. */
  @Test
  void unfinishedRunsSayHowToContinueThem() throws IOException {
    Path runs = Files.createDirectories(folder.resolve("mnist"));
    Files.writeString(runs.resolve("nola-seed1.checkpoint"), "");
    UserException error = assertThrows(UserException.class, () -> store().readAll("mnist"));
    assertEquals(
        "no results in %s; nola-seed1.checkpoint is unfinished: to continue, repeat its command (of ./nola run, with --resume)"
            .formatted(runs),
        error.getMessage());
  }

  /** Fails while it is written. */
  private static final class Unwritable implements JsonSerializable {
    @Override
    public void serialize(JsonGenerator generator, SerializerProvider provider) throws IOException {
      throw new IOException("cannot be written");
    }

    @Override
    public void serializeWithType(
        JsonGenerator generator, SerializerProvider provider, TypeSerializer typing)
        throws IOException {
      serialize(generator, provider);
    }
  }

  private static List<String> keys(JsonNode node) {
    return node.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static ExperimentResult withConfig(ExperimentResult result, JsonNode config) {
    return new ExperimentResult(
        result.experiment(),
        result.method(),
        result.seed(),
        config,
        result.dataset(),
        result.parameters(),
        result.adapterBytes(),
        result.epochs(),
        result.finalMetrics(),
        result.best(),
        result.timing(),
        result.environment());
  }

  private static ExperimentResult sample() {
    return SampleResults.read().get(1);
  }

  private Path sampleCopy() throws IOException {
    Path file = folder.resolve("mnist/nola-seed1.json");
    Files.createDirectories(file.getParent());
    return Files.copy(SampleResults.FOLDER.resolve("mnist/nola-seed1.json"), file);
  }

  private ResultStore store() {
    return new ResultStore(folder);
  }
}
