// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.common.Json;

class ConfigDifferenceTest {
  @Test
  void everyDifferingKeyIsNamedWithBothValues() throws IOException {
    assertEquals(
        new TreeMap<>(Map.of("a.b", "1, now 2", "c", "x, now nothing", "d", "nothing, now true")),
        ConfigDifference.between(
            tree("{\"a\": {\"b\": 1, \"same\": 3}, \"c\": \"x\"}"),
            tree("{\"a\": {\"b\": 2, \"same\": 3}, \"d\": true}")));
  }

  @Test
  void numbersAreComparedByValueAndNullIsNothing() throws IOException {
    assertEquals(
        Map.of(),
        ConfigDifference.between(
            tree("{\"a\": 1, \"b\": 0.050, \"c\": null}"), tree("{\"a\": 1.0, \"b\": 5e-2}")));
  }

  @Test
  void digestIsComparedWhereBothHaveIt() throws IOException {
    JsonNode one = tree("{\"base\": {\"sha256\": \"1\"}}");
    JsonNode other = tree("{\"base\": {\"sha256\": \"2\"}}");
    assertEquals(Map.of("base.sha256", "1, now 2"), ConfigDifference.between(one, other));
    assertEquals(Map.of(), ConfigDifference.between(one, tree("{}")));
    assertEquals(Map.of(), ConfigDifference.between(tree("{}"), other));
  }

  private static JsonNode tree(String json) throws IOException {
    return Json.STRICT.readTree(json);
  }
}
