// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Suggests what the user probably meant. */
public final class Suggestions {
  private Suggestions() {}

  /** The candidate closest to the word, if one is close enough. */
  public static Optional<String> nearest(String word, Collection<String> candidates) {
    String wanted = word.toLowerCase(Locale.ROOT);
    int tolerance = Math.max(1, word.length() / 3);
    return candidates.stream()
        .filter(candidate -> near(wanted, candidate.toLowerCase(Locale.ROOT), tolerance))
        .min(Comparator.comparingInt(c -> distance(wanted, c.toLowerCase(Locale.ROOT))));
  }

  /** The same as the end of a message: "; did you mean x?", or nothing. */
  public static String hint(String word, Collection<String> candidates) {
    return nearest(word, candidates).map(found -> "; did you mean " + found + "?").orElse("");
  }

  private static boolean near(String wanted, String candidate, int tolerance) {
    boolean beginning = wanted.length() >= 3 && candidate.startsWith(wanted);
    return beginning || distance(wanted, candidate) <= tolerance;
  }

  /** The number of edits (insert, delete, replace, swap neighbors) between two strings. */
  private static int distance(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        edits[i][j] = i == 0 || j == 0 ? i + j : fewestEdits(edits, a, b, i, j);
      }
    }
    return edits[a.length()][b.length()];
  }

  private static int fewestEdits(int[][] edits, String a, String b, int i, int j) {
    boolean equal = a.charAt(i - 1) == b.charAt(j - 1);
    int fewest = Math.min(edits[i - 1][j], edits[i][j - 1]) + 1;
    fewest = Math.min(fewest, edits[i - 1][j - 1] + (equal ? 0 : 1));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(fewest, edits[i - 2][j - 2] + 1) : fewest;
  }
}
