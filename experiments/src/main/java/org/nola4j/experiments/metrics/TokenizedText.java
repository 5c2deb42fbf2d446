// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.util.List;
import java.util.function.Function;

/** A generated text and its references as words. */
record TokenizedText(List<String> hypothesis, List<List<String>> references) {
  static List<TokenizedText> of(
      List<GeneratedText> texts, Function<String, List<String>> tokenizer) {
    return texts.stream()
        .map(
            text ->
                new TokenizedText(
                    tokenizer.apply(text.hypothesis()),
                    text.references().stream().map(tokenizer).toList()))
        .toList();
  }
}
