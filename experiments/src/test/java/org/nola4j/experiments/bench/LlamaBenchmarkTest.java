// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.spi.BenchmarkSettings;

@Tag("slow")
class LlamaBenchmarkTest {
  @Test
  void partsOfAStepAreMeasured() throws IOException {
    Table table = tiny("--tokens", "16", "--blocks", "3", "--steps", "5");
    assertTrue(table.title().contains("a tiny LLaMA, 3 blocks"), table.title());
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals("step", rows.get(0).get("part").asText());
    double sum = 0;
    for (int i = 1; i < rows.size(); i++) {
      sum += rows.get(i).get("share").asDouble();
    }
    assertEquals(1, sum, 1e-6);
    String notes = String.join(" ", table.notes());
    assertTrue(notes.contains("5,376 numbers trained; 148,224 in the blocks"), notes);
  }

  @Test
  void loraToo() {
    Table table = tiny("--tokens", "4", "--method", "lora", "--bits", "32");
    assertTrue(table.title().contains("weights of 32 bits, LoRA r = 16"), table.title());
    LlamaShape shape = LlamaShape.named("tiny");
    double frozen = shape.inBlocks() + (double) shape.words() * shape.width();
    double trained = (shape.flops(1, 16) - 4 * frozen) / 6;
    String notes = String.join(" ", table.notes());
    assertTrue(notes.contains("%,.0f numbers trained".formatted(trained)), notes);
  }

  @Test
  void operationsAreThoseOfTheProducts() {
    LlamaShape shape = LlamaShape.named("7b");
    assertEquals(6_476_005_376L, shape.inBlocks());
    double frozen = shape.inBlocks() + 32_000.0 * 4096;
    assertEquals(16 * 2_498_560, (shape.flops(1, 16) - 4 * frozen) / 6); // LoRA's, in table 5
  }

  @Test
  void partsAreTheInnermost() {
    StackTraceElement product =
        new StackTraceElement("org.nola4j.internal.arrays.CompactProduct", "multiply", null, 1);
    StackTraceElement adapter =
        new StackTraceElement("org.nola4j.internal.weights.WeightProduct", "forward", null, 1);
    assertEquals("products with frozen weights", StepProfile.part(product, adapter));
    assertEquals("products with adapters", StepProfile.part(adapter));
    assertEquals("other", StepProfile.part());
  }

  @Test
  void wrongValuesAreNamed() {
    String message =
        assertThrows(UserException.class, () -> run(Map.of("--model", List.of("7")))).getMessage();
    assertTrue(message.contains("--model must be one of tiny, 100m, 7b, 13b, was 7"), message);
    message =
        assertThrows(UserException.class, () -> run(Map.of("--bits", List.of("4")))).getMessage();
    assertEquals("--bits must be 8, 16 or 32, was 4", message);
  }

  private static Table tiny(String... options) {
    Map<String, List<String>> all = new HashMap<>(Map.of("--model", List.of("tiny")));
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], List.of(options[i + 1]));
    }
    return run(all);
  }

  private static Table run(Map<String, List<String>> options) {
    return new LlamaBenchmark().run(new BenchmarkSettings(1, options));
  }
}
