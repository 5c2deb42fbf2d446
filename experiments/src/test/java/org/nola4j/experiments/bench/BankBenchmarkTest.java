// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.spi.BenchmarkSettings;

@Tag("slow")
class BankBenchmarkTest {
  @Test
  void textsOneAfterAnotherAndTogether() throws IOException {
    Table table =
        new BankBenchmark()
            .run(
                new BenchmarkSettings(
                    0.01,
                    Map.of(
                        "--tenants", List.of("3"),
                        "--tokens", List.of("2"),
                        "--adapters", List.of("5"))));
    JsonNode rows = Json.STRICT.readTree(TableFormat.JSON.render(table)).get("rows");
    assertEquals(2, rows.size());
    for (JsonNode row : rows) {
      double alone = row.get("aloneMillis").asDouble();
      assertTrue(alone > 0, row.toString());
      assertEquals(3000 / alone, row.get("aloneTextsPerSecond").asDouble(), 1);
      assertEquals(alone / row.get("togetherMillis").asDouble(), row.get("times").asDouble(), 0.06);
    }
    assertTrue(table.notes().get(1).startsWith("5 adapters of 6,144 coefficients at 8 bits take "));
  }
}
