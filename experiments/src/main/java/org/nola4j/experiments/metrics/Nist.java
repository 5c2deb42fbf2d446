// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * NIST with up to five words (Doddington, HLT 2002), as {@code e2e-metrics} has it in Python:
 * mteval-v13a's words in lower case; a run's information from all references; the references' mean
 * length.
 */
final class Nist {
  private static final int MOST_WORDS = 5;

  /** Makes the penalty a half where the texts have two thirds of the references' length. */
  private static final double BETA = -Math.log(0.5) / Math.pow(Math.log(1.5), 2);

  private final Map<List<String>, Integer> references = new HashMap<>();
  private final List<TokenizedText> texts;
  private double referenceLength;

  private Nist(List<TokenizedText> texts) {
    this.texts = texts;
    texts.forEach(this::count);
  }

  static double of(List<GeneratedText> texts) {
    return new Nist(TokenizedText.of(texts, Words::lowerMteval13a)).score();
  }

  /** A run of no words is in the map too: as often as there are words. */
  private void count(TokenizedText text) {
    int words = 0;
    for (List<String> reference : text.references()) {
      words += reference.size();
      for (int n = 1; n <= MOST_WORDS; n++) {
        NGrams.counts(reference, n)
            .forEach((gram, count) -> references.merge(gram, count, Integer::sum));
      }
    }
    references.merge(List.of(), words, Integer::sum);
    referenceLength += (double) words / text.references().size();
  }

  private double score() {
    double sum = 0;
    for (int n = 1; n <= MOST_WORDS; n++) {
      double information = 0;
      long runs = 0;
      for (TokenizedText text : texts) {
        information += information(NGrams.hits(text, n));
        runs += text.hypothesis().size() - n + 1;
      }
      sum += runs == 0 ? 0 : information / runs;
    }
    return sum * penalty(texts.stream().mapToLong(text -> text.hypothesis().size()).sum());
  }

  private double information(Map<List<String>, Integer> hits) {
    List<Double> terms = new ArrayList<>();
    hits.forEach(
        (gram, count) -> {
          double before = references.get(gram.subList(0, gram.size() - 1));
          terms.add(count * Math.log(before / references.get(gram)) / Math.log(2));
        });
    return terms.stream().mapToDouble(Double::doubleValue).sum();
  }

  private double penalty(long length) {
    double ratio = length / referenceLength;
    return ratio >= 1 ? 1 : Math.exp(-BETA * Math.pow(Math.log(ratio), 2));
  }
}
