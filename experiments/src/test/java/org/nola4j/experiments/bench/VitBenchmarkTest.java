// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.spi.BenchmarkSettings;

@Tag("slow")
class VitBenchmarkTest {
  @Test
  void stepsAndInferenceAreMeasured() throws IOException {
    Table table =
        run("--model=vit-tiny", "--image-size=32", "--batch=2", "--method=nola-mlp,merged");
    assertEquals(
        "Training step of ViT-Ti/16, synthetic data: random weights and images, batch 2 x 3 x 32"
            + " x 32",
        table.title());
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals(2, rows.size());
    assertEquals("nola-mlp", rows.get(0).get("method").asText());
    int head = 193 * 10;
    assertEquals(12 * 2 * 2 * 1024 + head, rows.get(0).get("trained").asInt());
    assertEquals("merged, inference", rows.get(1).get("method").asText());
    assertEquals(0, rows.get(1).get("trained").asInt());
    for (JsonNode row : rows) {
      assertTrue(row.get("minMillis").asDouble() > 0);
      assertTrue(row.get("medianMillis").asDouble() >= row.get("minMillis").asDouble());
      if (PeakMemory.bytes().isPresent()) {
        assertTrue(row.get("peakBytes").asLong() > 50_000_000, row.toString());
      }
    }
  }

  @Test
  void modelsAreTheExperimentsAtTheSizeAskedFor() {
    StepModel model = StepModel.named("vit-small");
    assertArrayEquals(new long[] {8, 3, 224, 224}, model.batchOf(8, 0));
    StepTask task =
        new StepTask(StepTask.Pass.INFERENCE, model, "lora-rank4", List.of(), 8, 64, 0.5);
    assertEquals(task, StepTask.parse(task.arguments().toArray(String[]::new)));
    assertEquals(384, task.config().model().as(ModelConfig.Vit.class).width());
    assertEquals(64, task.config().dataset().imageSize());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --model=vit-bass    | --model must be one of vit-tiny, vit-small, vit-base, vit-large, was vit-bass; did you mean vit-base?
          --model=mlp         | --model must be one of vit-tiny, vit-small, vit-base, vit-large, was mlp
          --batch=0           | --batch must be a whole number greater than 0, was 0
          --image-size=100    | --image-size must be a multiple of 16, was 100
          --method=nola-pml   | --method must be one of full, linear, lora-rank1, lora-rank4, nola-mlp, nola-mlp-released, nola-qv, merged, was nola-pml; did you mean nola-mlp?
          """)
  void wrongValueIsNamed(String option, String message) {
    UserException error = assertThrows(UserException.class, () -> run(option));
    assertEquals(message, error.getMessage());
  }

  private static Table run(String... options) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String option : options) {
      String[] parts = option.split("=", 2);
      values.put(parts[0], Arrays.asList(parts[1].split(",")));
    }
    return new VitBenchmark().run(new BenchmarkSettings(0.01, values));
  }
}
