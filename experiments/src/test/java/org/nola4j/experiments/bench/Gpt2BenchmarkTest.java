// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.spi.BenchmarkSettings;

class Gpt2BenchmarkTest {
  private static final List<String> TINY =
      List.of("model.width=64", "model.blocks=1", "model.vocabulary=300");

  @Tag("slow")
  @Test
  void trainingAndGenerationAreMeasured() throws IOException {
    Table table =
        new Gpt2Benchmark()
            .run(
                new BenchmarkSettings(
                    0.01,
                    Map.of(
                        "--method", List.of("nola-qv", "full"),
                        "--set", TINY,
                        "--batch", List.of("2"),
                        "--tokens", List.of("8"),
                        "--generated", List.of("4"))));
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals(2, rows.size());
    assertEquals(2 * 2 * 1000, rows.get(0).get("trained").asInt());
    assertEquals(
        300 * 64 + 1024 * 64 + 12 * 64 * 64 + 13 * 64 + 2 * 64, rows.get(1).get("trained").asInt());
    for (JsonNode row : rows) {
      for (String key : List.of("minMillis", "greedy", "beams")) {
        assertTrue(row.get(key).asDouble() > 0, row.toString());
      }
      assertTrue(row.get("medianMillis").asDouble() >= row.get("minMillis").asDouble());
    }
  }

  @Test
  void aTaskTravelsToItsProcess() {
    Gpt2Task task =
        new Gpt2Task("lora-rank4", TINY.stream().map(Setting::parse).toList(), 8, 128, 32, 0.5);
    assertEquals(task, Gpt2Task.parse(task.arguments().toArray(String[]::new)));
    assertEquals(300, task.model().ownVocabulary());
  }

  @Test
  void wrongValuesAreNamedBeforeAnythingIsMeasured() {
    assertTrue(error(Map.of("--method", List.of("nola-vq"))).contains("nola-vq"));
    assertTrue(error(Map.of("--set", List.of("model.widht=64"))).contains("widht"));
    assertEquals(
        "--tokens must be a whole number greater than 0, was 0",
        error(Map.of("--tokens", List.of("0"))));
  }

  private static String error(Map<String, List<String>> options) {
    return assertThrows(
            UserException.class,
            () -> new Gpt2Benchmark().run(new BenchmarkSettings(0.01, options)))
        .getMessage();
  }
}
