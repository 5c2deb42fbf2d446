// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A context and its completion as the tokens that a language model is trained on. Only the
 * completion and the last end token are to be predicted.
 *
 * @param tokens all of them, at least two
 * @param predictedFrom the place of the completion's first token; that of the end where it was cut
 *     off
 */
public record CompletionTokens(int[] tokens, int predictedFrom) {
  /**
   * Encodes contexts with their completions, laid out as LoRA (Hu et al., ICLR 2022) does: the
   * context, an end token, a space and the completion, an end token. Each different context is
   * encoded once.
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

  /**
   * Encodes instructions with their answers as QLoRA (Dettmers et al., NeurIPS 2023) does: the
   * prompt, the answer, an end token; the answer and the end are to be predicted.
   *
   * @param endToken 2 of LLaMA
   * @param maxPrompt where prompts are cut off, with what marks a text's begin
   * @param maxAnswer where answers are cut off, with the end token
   */
  public static List<CompletionTokens> instruct(
      TextTokenizer tokenizer,
      List<String> prompts,
      List<String> answers,
      int endToken,
      int maxPrompt,
      int maxAnswer) {
    if (prompts.size() != answers.size() || maxPrompt < 1 || maxAnswer < 1) {
      throw new IllegalArgumentException(
          "as many prompts as answers and at least 1 token of each are needed, but there are %d, %d, %d and %d"
              .formatted(prompts.size(), answers.size(), maxPrompt, maxAnswer));
    }
    int begin = tokenizer.encode(List.of("")).get(0).length;
    List<int[]> asked = tokenizer.encode(prompts);
    List<int[]> answered = tokenizer.encode(answers);
    return IntStream.range(0, prompts.size())
        .mapToObj(
            i -> {
              int[] answer = answered.get(i);
              int[] ended = Arrays.copyOfRange(answer, begin, answer.length + 1);
              ended[ended.length - 1] = endToken;
              return joined(first(asked.get(i), maxPrompt), first(ended, maxAnswer));
            })
        .toList();
  }

  private static int[] first(int[] tokens, int most) {
    return tokens.length <= most ? tokens : Arrays.copyOf(tokens, most);
  }

  private static CompletionTokens joined(int[] prompt, int[] answer) {
    int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, all, prompt.length, answer.length);
    return new CompletionTokens(all, prompt.length);
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
