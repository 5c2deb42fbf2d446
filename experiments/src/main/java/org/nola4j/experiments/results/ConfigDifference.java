// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.config.ExperimentConfig;

/** Compares configurations key by key. */
public final class ConfigDifference {
  /** Missing in older records and in configurations whose files were not read. */
  static final Set<String> DIGESTS = Set.of("base.sha256", "dataset.sha256");

  private ConfigDifference() {}

  /**
   * The keys that differ between two configurations, as "path: before, now after".
   *
   * <p>Values are compared as text, because a number read from a file may have another Java type
   * than the same number in a record. File digests are compared if both have one.
   */
  public static SortedMap<String, String> between(JsonNode before, JsonNode after) {
    SortedMap<String, String> old = flat(before);
    SortedMap<String, String> current = flat(after);
    SortedMap<String, String> differences = new TreeMap<>();
    TreeSet<String> paths = new TreeSet<>(old.keySet());
    paths.addAll(current.keySet());
    for (String path : paths) {
      String was = old.getOrDefault(path, "nothing");
      String is = current.getOrDefault(path, "nothing");
      boolean unknown =
          DIGESTS.contains(path) && !(old.containsKey(path) && current.containsKey(path));
      if (!was.equals(is) && !unknown) {
        differences.put(path, was + ", now " + is);
      }
    }
    return differences;
  }

  /** The differences in one line: "path was before, now after; ...". */
  public static String text(Map<String, String> differences) {
    return differences.entrySet().stream()
        .map(each -> each.getKey() + " was " + each.getValue())
        .collect(Collectors.joining("; "));
  }

  /** All values by dotted path, without absent settings. */
  static SortedMap<String, String> flat(JsonNode tree) {
    SortedMap<String, String> values = new TreeMap<>();
    collect(ExperimentConfig.canonical(tree), "", values);
    return values;
  }

  private static void collect(JsonNode node, String path, SortedMap<String, String> values) {
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        String key = entry.getKey();
        collect(entry.getValue(), path.isEmpty() ? key : path + "." + key, values);
      }
    } else if (node.isNumber()) {
      values.put(path, node.decimalValue().stripTrailingZeros().toPlainString());
    } else if (!node.isNull()) {
      values.put(path, node.isValueNode() ? Json.plain(node) : node.toString());
    }
  }
}
