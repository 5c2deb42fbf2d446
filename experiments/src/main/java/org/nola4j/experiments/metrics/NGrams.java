// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts of runs of words. */
final class NGrams {
  private NGrams() {}

  /** How often each run of n words occurs. */
  static Map<List<String>, Integer> counts(List<String> words, int n) {
    Map<List<String>, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= words.size(); i++) {
      counts.merge(List.copyOf(words.subList(i, i + n)), 1, Integer::sum);
    }
    return counts;
  }

  /** How often each occurs in that text where it occurs most. */
  static Map<List<String>, Integer> largestCounts(List<List<String>> texts, int n) {
    Map<List<String>, Integer> largest = new HashMap<>();
    texts.forEach(text -> counts(text, n).forEach((gram, m) -> largest.merge(gram, m, Math::max)));
    return largest;
  }

  /** The hypothesis' runs that are in a reference, each as often as in both. */
  static Map<List<String>, Integer> hits(TokenizedText text, int n) {
    Map<List<String>, Integer> references = largestCounts(text.references(), n);
    Map<List<String>, Integer> hits = new HashMap<>();
    counts(text.hypothesis(), n)
        .forEach(
            (gram, count) -> {
              int both = Math.min(count, references.getOrDefault(gram, 0));
              if (both > 0) {
                hits.put(gram, both);
              }
            });
    return hits;
  }
}
