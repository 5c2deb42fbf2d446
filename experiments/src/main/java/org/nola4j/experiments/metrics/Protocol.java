// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.List;
import java.util.Locale;

/** How LoRA and NOLA score a set's texts. */
public enum Protocol {
  /** E2E: by {@code e2e-metrics}, all references, texts as they are. */
  E2E(TextMetric.BLEU, TextMetric.NIST, TextMetric.METEOR, TextMetric.ROUGE_L, TextMetric.CIDER) {
    @Override
    GeneratedText prepared(GeneratedText text) {
      return text;
    }
  },
  /**
   * WebNLG and DART: by GenerationEval, at most six references, in lower case with punctuation set
   * apart.
   */
  WEBNLG(TextMetric.MULTI_BLEU, TextMetric.METEOR, TextMetric.TER) {
    @Override
    GeneratedText prepared(GeneratedText text) {
      return new GeneratedText(
          Words.separated(text.hypothesis()),
          text.references().stream().limit(MOST_REFERENCES).map(Words::separated).toList());
    }
  };

  private static final int MOST_REFERENCES = 6;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<TextMetric> metrics;

  Protocol(TextMetric... metrics) {
    this.metrics = List.of(metrics);
  }

  /** The figures that papers give, in their order. */
  public List<TextMetric> metrics() {
    return metrics;
  }

  /** The texts as they are scored. */
  public List<GeneratedText> prepare(List<GeneratedText> texts) {
    return texts.stream().map(this::prepared).toList();
  }

  abstract GeneratedText prepared(GeneratedText text);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
