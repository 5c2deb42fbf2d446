// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.List;

/**
 * ROUGE-L (Lin, 2004) as COCO's captions are scored: longest common subsequence, best precision and
 * best recall over the references, beta 1.2, mean over the texts. Words by {@link PtbWords}.
 */
final class RougeL {
  private static final double BETA_SQUARED = 1.2 * 1.2;

  private RougeL() {}

  static double of(List<GeneratedText> texts) {
    return TokenizedText.of(texts, PtbWords::of).stream()
        .mapToDouble(RougeL::score)
        .average()
        .orElse(0);
  }

  private static double score(TokenizedText text) {
    double precision = 0;
    double recall = 0;
    for (List<String> reference : text.references()) {
      double common = common(text.hypothesis(), reference);
      precision = Math.max(precision, common / Math.max(1, text.hypothesis().size()));
      recall = Math.max(recall, common / Math.max(1, reference.size()));
    }
    return precision == 0 || recall == 0
        ? 0
        : (1 + BETA_SQUARED) * precision * recall / (recall + BETA_SQUARED * precision);
  }

  /** The length of the longest common subsequence. */
  private static int common(List<String> first, List<String> second) {
    int[] lengths = new int[second.size() + 1];
    for (String word : first) {
      int diagonal = 0;
      for (int j = 1; j < lengths.length; j++) {
        int above = lengths[j];
        lengths[j] =
            word.equals(second.get(j - 1)) ? diagonal + 1 : Math.max(above, lengths[j - 1]);
        diagonal = above;
      }
    }
    return lengths[second.size()];
  }
}
