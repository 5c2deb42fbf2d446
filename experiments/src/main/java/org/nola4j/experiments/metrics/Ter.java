// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Translation edit rate (Snover et al., AMTA 2006) as GenerationEval has it by {@code pyter}: the
 * mean over the texts of the smallest rate over the references, not the rate of the corpus. Words
 * are what spaces separate.
 *
 * <p>Time of a text: shifts times pairs of equal words times the product of the two lengths.
 */
final class Ter {
  private static final Comparator<List<String>> BY_WORDS =
      (a, b) -> {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
          int difference = a.get(i).compareTo(b.get(i));
          if (difference != 0) {
            return difference;
          }
        }
        return a.size() - b.size();
      };

  private Ter() {}

  static double of(List<GeneratedText> texts) {
    return TokenizedText.of(texts, Words::bySpace).stream()
        .mapToDouble(Ter::smallest)
        .average()
        .orElse(0);
  }

  private static double smallest(TokenizedText text) {
    return text.references().stream()
        .mapToDouble(reference -> rate(text.hypothesis(), reference))
        .min()
        .orElseThrow();
  }

  /** Edits, a shift being one, by the reference's length; 1 where that is empty. */
  static double rate(List<String> hypothesis, List<String> reference) {
    if (reference.isEmpty()) {
      return 1;
    }
    List<String> words = hypothesis;
    int edits = distance(words, reference);
    int shifts = 0;
    while (edits > 0) {
      Shifted best = bestShift(words, reference);
      if (best == null || best.edits() >= edits) {
        break;
      }
      words = best.words();
      edits = best.edits();
      shifts++;
    }
    return (double) (shifts + edits) / reference.size();
  }

  private record Shifted(int edits, List<String> words) {
    /** Fewer edits; of as many, the words that come last in the alphabet, as pyter sorts them. */
    boolean isBetterThan(Shifted other) {
      return other == null
          || edits < other.edits
          || (edits == other.edits && BY_WORDS.compare(words, other.words) > 0);
    }
  }

  private static Shifted bestShift(List<String> words, List<String> reference) {
    Shifted best = null;
    for (int from = 0; from < words.size(); from++) {
      for (int to = 0; to < reference.size(); to++) {
        int length = from == to ? 0 : equal(words, from, reference, to);
        if (length > 0) {
          List<String> shifted = shift(words, from, to, length);
          Shifted candidate = new Shifted(distance(shifted, reference), shifted);
          best = candidate.isBetterThan(best) ? candidate : best;
        }
      }
    }
    return best;
  }

  private static int equal(List<String> words, int from, List<String> reference, int to) {
    int length = 0;
    while (from + length < words.size()
        && to + length < reference.size()
        && words.get(from + length).equals(reference.get(to + length))) {
      length++;
    }
    return length;
  }

  private static List<String> shift(List<String> words, int from, int to, int length) {
    List<String> shifted = new ArrayList<>(words.subList(0, from));
    shifted.addAll(words.subList(from + length, words.size()));
    shifted.addAll(Math.min(to, shifted.size()), words.subList(from, from + length));
    return shifted;
  }

  /** Levenshtein's distance. */
  private static int distance(List<String> first, List<String> second) {
    int[] row = new int[second.size() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= first.size(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int substituted = diagonal + (first.get(i - 1).equals(second.get(j - 1)) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[second.size()];
  }
}
