// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.models.generation.Decoding;
import org.nola4j.models.generation.Generator;
import org.nola4j.models.text.TextTokenizer;

/** A GPT-2 or LLaMA, with an adapter or without, and its tokenizer. */
public final class TextGenerator implements Closeable {
  /** Of GPT-2. */
  private static final String END_OF_TEXT = "<|endoftext|>";

  /** LLaMA's, and where the next text begins. */
  private static final List<String> ENDS = List.of("</s>", "<s>");

  private static final String BLANK_LINE = "\n\n";

  private final ComputationGraph network;
  private final Generator generator;
  private final TextTokenizer tokenizer;

  private TextGenerator(ComputationGraph network, TextTokenizer tokenizer) {
    this.network = network;
    this.generator = Generator.of(network);
    this.tokenizer = tokenizer;
  }

  /**
   * Reads all of it.
   *
   * @param base the file of the model, or its folder
   * @param adapter null for none
   * @param bits as of {@link PretrainedDecoder#read(Path, Path, int)}
   * @param tokenizer a file or folder; null for the folder of the base
   * @throws UserException if one is not there or they do not fit
   */
  public static TextGenerator read(Path base, Path adapter, int bits, Path tokenizer)
      throws IOException {
    TextTokenizer opened = PretrainedDecoder.tokenizer(base, tokenizer, "--tokenizer");
    try {
      return new TextGenerator(PretrainedDecoder.read(base, adapter, bits), opened);
    } catch (IOException | RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  /**
   * Continues prompts until the token that ends texts.
   *
   * @param dataToText whether each prompt is followed by that token, and a blank line ends texts
   *     too
   * @param decoding its end tokens do not count
   * @throws UserException if a prompt is empty or too long
   */
  public List<String> write(List<String> prompts, boolean dataToText, Decoding decoding) {
    Set<Integer> ends = new HashSet<>();
    addToken(END_OF_TEXT, ends);
    if (dataToText && ends.isEmpty()) {
      throw new UserException(
          "--data-to-text needs a vocabulary with %s, as GPT-2's, but this one has none"
              .formatted(END_OF_TEXT));
    }
    ENDS.forEach(end -> addToken(end, ends));
    if (dataToText) {
      addToken(BLANK_LINE, ends);
    }
    List<int[]> tokens =
        tokenizer.encode(
            prompts.stream().map(prompt -> dataToText ? prompt + END_OF_TEXT : prompt).toList());
    try {
      return generator.generate(tokens, decoding.withEndTokens(ends)).stream()
          .map(continuation -> tokenizer.decode(continuation.text()).strip())
          .toList();
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Adds what a tokenizer has one token for, beside one that marks where texts begin. */
  private void addToken(String text, Set<Integer> tokens) {
    int[] ids = tokenizer.encode(List.of(text)).get(0);
    int begin = tokenizer.encode(List.of("")).get(0).length;
    if (ids.length == begin + 1 && tokenizer.decode(ids[begin]).equals(text)) {
      tokens.add(ids[begin]);
    }
  }

  @Override
  public void close() {
    tokenizer.close();
    network.close();
  }
}
