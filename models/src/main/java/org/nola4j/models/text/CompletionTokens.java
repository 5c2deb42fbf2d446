// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A context and its completion as the tokens that a language model is trained on, laid out as LoRA
 * (Hu et al., ICLR 2022) does: the context, an end token, a space and the completion, an end token.
 * Only the completion and the last end token are to be predicted.
 *
 * @param tokens all of them, at least two
 * @param predictedFrom the place of the completion's first token; that of the end where it was cut
 *     off
 */
public record CompletionTokens(int[] tokens, int predictedFrom) {
  /**
   * Encodes contexts with their completions; each different context once.
   *
   * @param endToken the token that ends a text, 50256 of GPT-2
   * @param maxTokens where samples are cut off, at least 2: at most the model's positions
   */
  public static List<CompletionTokens> encode(
      TextTokenizer tokenizer,
      List<String> contexts,
      List<String> completions,
      int endToken,
      int maxTokens) {
    if (contexts.size() != completions.size() || maxTokens < 2) {
      throw new IllegalArgumentException(
          "as many contexts as completions and at least 2 tokens are needed, but there are %d, %d and %d"
              .formatted(contexts.size(), completions.size(), maxTokens));
    }
    List<String> distinct = contexts.stream().distinct().toList();
    List<int[]> encoded = tokenizer.encode(distinct);
    Map<String, int[]> byContext = new HashMap<>();
    for (int i = 0; i < distinct.size(); i++) {
      byContext.put(distinct.get(i), encoded.get(i));
    }
    List<int[]> texts = tokenizer.encode(completions.stream().map(text -> " " + text).toList());
    return IntStream.range(0, contexts.size())
        .mapToObj(i -> of(byContext.get(contexts.get(i)), texts.get(i), endToken, maxTokens))
        .toList();
  }

  /** The layout of tokens that are there already; parameters as of {@link #encode}. */
  static CompletionTokens of(int[] context, int[] completion, int endToken, int maxTokens) {
    int[] all = Arrays.copyOf(context, context.length + completion.length + 2);
    all[context.length] = endToken;
    System.arraycopy(completion, 0, all, context.length + 1, completion.length);
    all[all.length - 1] = endToken;
    int length = Math.min(all.length, maxTokens);
    return new CompletionTokens(Arrays.copyOf(all, length), Math.min(context.length + 1, length));
  }

  /** How many tokens the model reads: all but the last, which nothing follows. */
  int inputs() {
    return tokens.length - 1;
  }
}
