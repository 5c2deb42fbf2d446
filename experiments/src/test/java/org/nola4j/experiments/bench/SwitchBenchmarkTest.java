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
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.spi.BenchmarkSettings;

@Tag("slow")
class SwitchBenchmarkTest {
  @Test
  void adaptersAreMeasuredBesideLoraAndWholeNetworks() throws IOException {
    Table table = run(Map.of("--adapters", List.of("20")));
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals(6, rows.size());
    assertEquals(4_000, rows.get(0).get("numbers").asInt());
    assertEquals(16_000, rows.get(0).get("bytes").asInt());
    assertEquals(4 * (500 + 4), rows.get(0).get("packedBytes").asInt());
    assertEquals(4 * (784 + 256 + 256 + 10), rows.get(4).get("numbers").asInt());
    assertEquals(203_530, rows.get(5).get("numbers").asInt());
    for (JsonNode row : rows) {
      assertTrue(row.get("generatedMillis").asDouble() > 0, row.toString());
      assertTrue(row.get("cachedMillis").asDouble() > 0, row.toString());
    }
    assertTrue(
        table.notes().get(1).startsWith("20 adapters with 10,000 coefficients of 4 bits take"));
  }

  @Test
  void wrongModelIsNamed() {
    UserException error =
        assertThrows(UserException.class, () -> run(Map.of("--model", List.of("resnet81"))));
    assertEquals(
        "--model must be one of mlp, resnet18, was resnet81; did you mean resnet18?",
        error.getMessage());
  }

  private static Table run(Map<String, List<String>> options) {
    return new SwitchBenchmark().run(new BenchmarkSettings(0.01, options));
  }
}
