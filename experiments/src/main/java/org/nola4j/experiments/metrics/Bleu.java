// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.Comparator;
import java.util.List;

/**
 * BLEU of a corpus (Papineni et al., ACL 2002) with up to four words, any number of references, and
 * the length of that reference that is closest.
 */
final class Bleu {
  private static final int MOST_WORDS = 4;

  private final double[] hits = new double[MOST_WORDS];
  private final double[] lengths = new double[MOST_WORDS];
  private double referenceLength;

  private Bleu() {}

  /**
   * As {@code e2e-metrics} does in Python: mteval-v13a's words in lower case. A precision of zero
   * is a tiny one. A text of fewer than four words lowers the number of runs, as there.
   */
  static double ofE2e(List<GeneratedText> texts) {
    Bleu bleu = new Bleu();
    for (TokenizedText text : TokenizedText.of(texts, Words::lowerMteval13a)) {
      bleu.add(text, Integer.MIN_VALUE);
    }
    return bleu.score(1e-15, 1e-9);
  }

  /** As Moses' {@code multi-bleu-detok}: mteval-v13a's words; zero if a precision is. */
  static double ofMoses(List<GeneratedText> texts) {
    Bleu bleu = new Bleu();
    for (TokenizedText text : TokenizedText.of(texts, Words::mteval13a)) {
      bleu.add(withoutEmpty(text), 0);
    }
    return bleu.score(0, 1);
  }

  private static TokenizedText withoutEmpty(TokenizedText text) {
    return text.hypothesis().equals(List.of(""))
        ? new TokenizedText(List.of(), text.references())
        : text;
  }

  private void add(TokenizedText text, int fewestRuns) {
    int length = text.hypothesis().size();
    for (int n = 1; n <= MOST_WORDS; n++) {
      hits[n - 1] += NGrams.hits(text, n).values().stream().mapToInt(Integer::intValue).sum();
      lengths[n - 1] += Math.max(fewestRuns, length - n + 1);
    }
    referenceLength +=
        text.references().stream()
            .map(List::size)
            .min(
                Comparator.<Integer>comparingInt(size -> Math.abs(size - length))
                    .thenComparing(size -> size))
            .orElseThrow();
  }

  private double score(double fewestHits, double fewestRuns) {
    double logarithms = 0;
    for (int n = 0; n < MOST_WORDS; n++) {
      logarithms += Math.log(Math.max(hits[n], fewestHits) / Math.max(lengths[n], fewestRuns));
    }
    double length = lengths[0] == 0 ? 1e-5 : lengths[0];
    double brevity = length < referenceLength ? Math.exp(1 - referenceLength / length) : 1;
    return brevity * Math.exp(logarithms / MOST_WORDS);
  }
}
