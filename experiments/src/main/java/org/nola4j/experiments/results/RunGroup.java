// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Runs that differ only in their seeds, so that their mean is meaningful.
 *
 * @param method the method's name
 * @param variant what distinguishes this group from others of the same method, if anything
 * @param results the runs, at least one
 */
record RunGroup(String method, String variant, List<ExperimentResult> results) {

  RunGroup {
    results = List.copyOf(results);
  }

  /**
   * Groups results in the order of methods; configurations in a group are equal except for the
   * seed.
   */
  static List<RunGroup> of(List<ExperimentResult> results, Comparator<String> methodOrder) {
    SortedMap<String, Map<SortedMap<String, String>, List<ExperimentResult>>> byMethod =
        new TreeMap<>(methodOrder);
    Set<String> alike =
        ConfigDifference.DIGESTS.stream()
            .filter(digest -> !differs(digest, results))
            .collect(Collectors.toSet());
    for (ExperimentResult result : results) {
      byMethod
          .computeIfAbsent(result.method(), m -> new LinkedHashMap<>())
          .computeIfAbsent(settings(result, alike), c -> new ArrayList<>())
          .add(result);
    }
    List<RunGroup> groups = new ArrayList<>();
    byMethod.forEach(
        (method, variants) ->
            variants.forEach(
                (settings, runs) ->
                    groups.add(new RunGroup(method, variant(settings, variants.keySet()), runs))));
    return List.copyOf(groups);
  }

  /** The method and what distinguishes the group. */
  String label() {
    return variant.isEmpty() ? method : method + " (" + variant + ")";
  }

  ExperimentResult first() {
    return results.get(0);
  }

  boolean standIn() {
    return first().dataset().standIn();
  }

  /** Whether the records show different files under one digest's name. */
  private static boolean differs(String digest, List<ExperimentResult> results) {
    return results.stream()
            .map(result -> ConfigDifference.flat(result.config()).get(digest))
            .filter(Objects::nonNull)
            .distinct()
            .count()
        > 1;
  }

  private static SortedMap<String, String> settings(ExperimentResult result, Set<String> omitted) {
    JsonNode config = result.config();
    SortedMap<String, String> settings = ConfigDifference.flat(config);
    settings.remove("seed");
    settings.keySet().removeAll(omitted);
    settings.put("dataset", result.dataset().name());
    return settings;
  }

  private static String variant(
      SortedMap<String, String> settings, Iterable<SortedMap<String, String>> others) {
    SortedMap<String, String> distinct = new TreeMap<>();
    for (SortedMap<String, String> other : others) {
      settings.forEach(
          (path, value) -> {
            if (!value.equals(other.get(path))) {
              distinct.put(path, value);
            }
          });
    }
    return distinct.entrySet().stream()
        .map(each -> each.getKey() + "=" + each.getValue())
        .collect(Collectors.joining(", "));
  }
}
