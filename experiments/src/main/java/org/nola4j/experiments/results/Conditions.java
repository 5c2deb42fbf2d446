// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What should be alike for methods to be compared: their data and how long they are trained. */
final class Conditions {
  /** Besides those of the data. Settings of models are often what distinguishes methods. */
  private static final Set<String> SETTINGS =
      Set.of("training.epochs", "training.batchSize", "evaluation.texts");

  private static final String DATA = "dataset.";
  private static final String UNSET = "unset";

  private Conditions() {}

  /** Names those that differ between methods; variants of a method name theirs in their rows. */
  static Optional<String> note(List<RunGroup> groups) {
    if (groups.stream().map(RunGroup::method).distinct().count() < 2) {
      return Optional.empty();
    }
    List<SortedMap<String, String>> trained =
        groups.stream()
            .map(group -> ConfigDifference.flat(group.first().config()))
            .filter(settings -> !"0".equals(settings.get("training.epochs")))
            .toList();
    String differing =
        trained.stream()
            .flatMap(settings -> settings.keySet().stream())
            .filter(Conditions::isOne)
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .flatMap(path -> difference(path, trained).stream())
            .collect(Collectors.joining(", "));
    return differing.isEmpty()
        ? Optional.empty()
        : Optional.of("Not all rows have the same settings: " + differing + ".");
  }

  private static boolean isOne(String path) {
    return !ConfigDifference.DIGESTS.contains(path)
        && (path.startsWith(DATA) || SETTINGS.contains(path));
  }

  private static Optional<String> difference(
      String path, List<SortedMap<String, String>> settings) {
    Set<String> values =
        settings.stream()
            .map(each -> each.getOrDefault(path, UNSET))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    return values.size() < 2
        ? Optional.empty()
        : Optional.of("%s (%s)".formatted(path, String.join(", ", values)));
  }
}
