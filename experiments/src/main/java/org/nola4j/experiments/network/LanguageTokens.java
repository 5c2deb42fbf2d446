// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.Closeable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nola4j.datasets.nlg.NlgSample;
import org.nola4j.datasets.nlg.NlgSplit;
import org.nola4j.experiments.common.UserException;
import org.nola4j.models.text.CompletionTokens;
import org.nola4j.models.text.TextTokenizer;

/** The tokens of a GPT-2, with which texts and data are told apart. */
public final class LanguageTokens implements Closeable {
  private static final String END_OF_TEXT = "<|endoftext|>";
  private static final String BLANK_LINE = "\n\n";

  private final TextTokenizer tokenizer;
  private final int maxTokens;
  private final int vocabulary;
  private final int end;

  /**
   * The tokens of a tokenizer.
   *
   * @param tokenizer is closed with this
   * @param maxTokens where samples are cut off
   * @param vocabulary the model's number of tokens
   * @throws UserException if the tokenizer has no token for the end of a text, or more tokens than
   *     the model
   */
  public LanguageTokens(TextTokenizer tokenizer, int maxTokens, int vocabulary) {
    this.tokenizer = tokenizer;
    this.maxTokens = maxTokens;
    this.vocabulary = vocabulary;
    this.end =
        single(END_OF_TEXT)
            .orElseThrow(
                () ->
                    new UserException(
                        "the tokenizer has no token "
                            + END_OF_TEXT
                            + ", which ends texts: use a GPT-2's"));
    requireKnown(new int[] {end});
  }

  private Optional<Integer> single(String text) {
    int[] tokens = tokenizer.encode(List.of(text)).get(0);
    return tokens.length == 1 ? Optional.of(tokens[0]) : Optional.empty();
  }

  private void requireKnown(int[] tokens) {
    Arrays.stream(tokens)
        .filter(token -> token >= vocabulary)
        .findFirst()
        .ifPresent(
            token -> {
              throw new UserException(
                  "the tokenizer has a token %d, but the model's are 0 to %d: use the model's own tokenizer"
                      .formatted(token, vocabulary - 1));
            });
  }

  /** The tokens of samples. */
  List<CompletionTokens> samples(NlgSplit split) {
    List<NlgSample> samples = split.samples();
    List<CompletionTokens> encoded =
        CompletionTokens.encode(
            tokenizer,
            samples.stream().map(NlgSample::context).toList(),
            samples.stream().map(NlgSample::completion).toList(),
            end,
            maxTokens);
    for (int i = 0; i < samples.size(); i++) {
      requireKnown(encoded.get(i).tokens());
      requireText(samples.get(i), encoded.get(i));
    }
    return encoded;
  }

  private void requireText(NlgSample sample, CompletionTokens encoded) {
    if (encoded.predictedFrom() >= encoded.tokens().length) {
      int tokens = tokenizer.encode(List.of(sample.context())).get(0).length;
      throw new UserException(
          "model.maxTokens: the data of a sample fill all %d tokens, so that nothing of its text is left: use at least %d, and a base that reads so many (%s)"
              .formatted(maxTokens, tokens + 2, sample.context()));
    }
  }

  /** The tokens of data that are to be continued with a text, or of texts; each with the end's. */
  List<int[]> ended(List<String> texts) {
    return tokenizer.encode(texts).stream().map(this::ended).toList();
  }

  private int[] ended(int[] text) {
    requireKnown(text);
    int[] ended = Arrays.copyOf(text, text.length + 1);
    ended[text.length] = end;
    return ended;
  }

  /** The tokens that end a generated text. */
  Set<Integer> ends() {
    Set<Integer> ends = new HashSet<>(Set.of(end));
    single(BLANK_LINE).ifPresent(ends::add);
    return ends;
  }

  /** A generated text in one line. */
  String text(int[] tokens) {
    return tokenizer.decode(tokens).strip().replaceAll("\\s+", " ");
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
