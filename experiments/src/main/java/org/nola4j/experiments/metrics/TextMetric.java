// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** A figure of how close generated texts are to those of people, over a whole corpus. */
public enum TextMetric {
  /** BLEU-4 from 0 to 1, in lower case, as {@code e2e-metrics} in Python. */
  BLEU("bleu", "BLEU", 100, Bleu::ofE2e),
  /** BLEU-4 from 0 to 1, in the given case, as Moses' {@code multi-bleu-detok}. */
  MULTI_BLEU("multi-bleu", "BLEU (multi-bleu-detok)", 100, Bleu::ofMoses),
  /** NIST-5, at least 0. */
  NIST("nist", "NIST", 1, Nist::of),
  /** METEOR 1.5 from 0 to 1, of exact words and stems only: see {@link Meteor}. */
  METEOR("meteor", "METEOR (exact, stem)", 100, Meteor::of),
  /** ROUGE-L from 0 to 1, as COCO's captions are scored. */
  ROUGE_L("rouge-l", "ROUGE-L", 100, RougeL::of),
  /** CIDEr from 0 to 10, as COCO's captions are scored. */
  CIDER("cider", "CIDEr", 1, Cider::of),
  /** Mean over texts of the translation edit rate, at least 0; less is better. */
  TER("ter", "TER", 1, Ter::of);

  private final String key;
  private final String title;
  private final double tableScale;

  @SuppressWarnings("ImmutableEnumChecker") // a method reference
  private final ToDoubleFunction<List<GeneratedText>> computation;

  TextMetric(
      String key,
      String title,
      double tableScale,
      ToDoubleFunction<List<GeneratedText>> computation) {
    this.key = key;
    this.title = title;
    this.tableScale = tableScale;
    this.computation = computation;
  }

  /** Its name on the command line and in files. */
  public String key() {
    return key;
  }

  /** Its name in tables. */
  public String title() {
    return title;
  }

  /** What papers call it, whichever program computes it. */
  public String family() {
    int program = title.indexOf(" (");
    return program < 0 ? title : title.substring(0, program);
  }

  /** What tables of papers multiply it by: 100 or 1. */
  public double tableScale() {
    return tableScale;
  }

  /**
   * The figure of a corpus.
   *
   * @throws IllegalArgumentException if there are no texts
   */
  public double score(List<GeneratedText> texts) {
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("there are no texts to score");
    }
    return computation.applyAsDouble(texts);
  }

  @Override
  public String toString() {
    return key;
  }
}
