// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CIDEr-D (Vedantam et al., CVPR 2015) as COCO's captions are scored: runs of one to four words,
 * document frequencies from the references at hand, clipped counts, a Gaussian penalty of lengths
 * that differ (sigma 6), times 10. Words by {@link PtbWords}. With one text it is 0, since
 * everything is in all documents.
 */
final class Cider {
  private static final int MOST_WORDS = 4;
  private static final double SIGMA = 6;

  private final Map<List<String>, Integer> documents = new HashMap<>();
  private final double logTexts;

  private Cider(List<TokenizedText> texts) {
    logTexts = Math.log(texts.size());
    for (TokenizedText text : texts) {
      Set<List<String>> grams = new HashSet<>();
      for (int n = 1; n <= MOST_WORDS; n++) {
        grams.addAll(NGrams.largestCounts(text.references(), n).keySet());
      }
      grams.forEach(gram -> documents.merge(gram, 1, Integer::sum));
    }
  }

  static double of(List<GeneratedText> texts) {
    List<TokenizedText> tokenized = TokenizedText.of(texts, PtbWords::of);
    Cider cider = new Cider(tokenized);
    return tokenized.stream().mapToDouble(cider::score).average().orElse(0);
  }

  private double score(TokenizedText text) {
    List<Weighted> hypothesis = weighted(text.hypothesis());
    double sum = 0;
    for (List<String> reference : text.references()) {
      // COCO's program counts a text's length in runs of two words.
      double delta = Math.max(0, text.hypothesis().size() - 1) - Math.max(0, reference.size() - 1);
      double penalty = Math.exp(-delta * delta / (2 * SIGMA * SIGMA));
      List<Weighted> other = weighted(reference);
      for (int n = 0; n < MOST_WORDS; n++) {
        sum += penalty * hypothesis.get(n).similarity(other.get(n));
      }
    }
    return 10 * sum / MOST_WORDS / text.references().size();
  }

  private List<Weighted> weighted(List<String> words) {
    List<Weighted> all = new ArrayList<>();
    for (int n = 1; n <= MOST_WORDS; n++) {
      Map<List<String>, Double> weights = new HashMap<>();
      NGrams.counts(words, n)
          .forEach((gram, count) -> weights.put(gram, count * inverseFrequency(gram)));
      all.add(new Weighted(weights));
    }
    return all;
  }

  private double inverseFrequency(List<String> gram) {
    return logTexts - Math.log(Math.max(1, documents.getOrDefault(gram, 0)));
  }

  /** Runs of words of one length, by how much they tell. */
  private record Weighted(Map<List<String>, Double> weights) {
    double similarity(Weighted reference) {
      double sum = 0;
      for (Map.Entry<List<String>, Double> each : weights.entrySet()) {
        double other = reference.weights.getOrDefault(each.getKey(), 0.0);
        sum += Math.min(each.getValue(), other) * other;
      }
      double norms = norm() * reference.norm();
      return norms == 0 ? sum : sum / norms;
    }

    private double norm() {
      return Math.sqrt(weights.values().stream().mapToDouble(weight -> weight * weight).sum());
    }
  }
}
