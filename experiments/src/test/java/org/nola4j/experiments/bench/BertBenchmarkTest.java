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

class BertBenchmarkTest {
  @Tag("slow")
  @Test
  void trainingAndEmbeddingAreMeasured() throws IOException {
    Table table =
        new BertBenchmark()
            .run(
                new BenchmarkSettings(
                    0.01,
                    Map.of(
                        "--method", List.of("nola-mlp", "head"),
                        "--batch", List.of("2"),
                        "--tokens", List.of("8"))));
    assertEquals(
        "Training step of a classifier over the encoder minilm, random weights and tokens, batch 2"
            + " x 8",
        table.title());
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals(2, rows.size());
    int head = 385 * 57;
    assertEquals(6 * 2 * 2 * 256 + head, rows.get(0).get("trained").asInt());
    assertEquals(head, rows.get(1).get("trained").asInt());
    for (JsonNode row : rows) {
      for (String key : List.of("minMillis", "oneMillis", "manyMillis")) {
        assertTrue(row.get(key).asDouble() > 0, row.toString());
      }
      assertTrue(row.get("medianMillis").asDouble() >= row.get("minMillis").asDouble());
    }
  }

  @Test
  void aTaskTravelsToItsProcess() {
    BertTask task =
        new BertTask("lora-rank4", List.of(Setting.parse("base.file=bge-small")), 16, 128, 0.5);
    assertEquals(task, BertTask.parse(task.arguments().toArray(String[]::new)));
    assertEquals("bge-small", task.encoder());
  }

  @Test
  void wrongValuesAreNamedBeforeAnythingIsMeasured() {
    assertTrue(error(Map.of("--method", List.of("nola-pml"))).contains("nola-pml"));
    assertTrue(error(Map.of("--set", List.of("base.fiel=minilm"))).contains("fiel"));
    assertEquals(
        "--tokens must be a whole number greater than 0, was 0",
        error(Map.of("--tokens", List.of("0"))));
    assertEquals(
        "--tokens must be at most 512, the positions of minilm, was 513",
        error(Map.of("--tokens", List.of("513"))));
    assertTrue(error(Map.of("--set", List.of("base.file=minilmm"))).contains("minilmm"));
  }

  private static String error(Map<String, List<String>> options) {
    return assertThrows(
            UserException.class,
            () -> new BertBenchmark().run(new BenchmarkSettings(0.01, options)))
        .getMessage();
  }
}
