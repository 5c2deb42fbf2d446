// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nola4j.internal.io.Resources;
import org.nola4j.io.FileFormatException;

/**
 * The tokenizer of a model, as its {@code tokenizer.json} says, by Hugging Face's own library.
 *
 * <pre>{@code
 * try (TextTokenizer tokenizer = TextTokenizer.ofResource("all-minilm-l6-v2-tokenizer.json", 128)) {
 *   for (TokenBatch batch : tokenizer.batches(texts, 32)) {
 *     INDArray vectors = network.output(false, batch.inputs(), batch.masks())[0];
 *   }
 * }
 * }</pre>
 *
 * <p>Needs {@code ai.djl.huggingface:tokenizers} on the class path, which {@code nola-models} names
 * as an optional dependency. Thread-safe.
 */
public final class TextTokenizer implements Closeable {
  /** What stands for words that are not in the vocabulary and so on are at most so many. */
  private static final int FEWEST = 3;

  static {
    // Else the library reports its use where it takes the machine for one of Amazon's.
    if (System.getProperty("OPT_OUT_TRACKING") == null) {
      System.setProperty("OPT_OUT_TRACKING", "true");
    }
  }

  private final HuggingFaceTokenizer tokenizer;

  private TextTokenizer(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a {@code tokenizer.json}.
   *
   * @param maxTokens where longer texts are cut off, with the tokens that mark begin and end: at
   *     most the model's positions
   * @throws FileFormatException if it is none
   */
  public static TextTokenizer open(Path file, int maxTokens) throws IOException {
    return of(Files.readAllBytes(file), file.toString(), maxTokens);
  }

  /**
   * As {@link #open}, for a file on the class path, such as {@code
   * all-minilm-l6-v2-tokenizer.json}.
   *
   * @throws java.nio.file.NoSuchFileException if it is not there
   */
  public static TextTokenizer ofResource(String name, int maxTokens) throws IOException {
    return of(Resources.read(name), name, maxTokens);
  }

  private static TextTokenizer of(byte[] json, String name, int maxTokens) throws IOException {
    if (maxTokens < FEWEST) {
      throw new IllegalArgumentException(
          "maxTokens must be at least " + FEWEST + ", but is " + maxTokens);
    }
    Map<String, String> options =
        Map.of("truncation", "true", "padding", "false", "maxLength", String.valueOf(maxTokens));
    try {
      return new TextTokenizer(
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options));
    } catch (RuntimeException e) {
      throw new FileFormatException(
          name,
          "a tokenizer.json of Hugging Face's tokenizers",
          String.valueOf(e.getMessage()),
          "pass the one of your model",
          e);
    }
  }

  /** The tokens of each text, with those that mark begin and end. */
  public List<int[]> encode(List<String> texts) {
    return Arrays.stream(tokenizer.batchEncode(texts)).map(TextTokenizer::ids).toList();
  }

  private static int[] ids(Encoding encoding) {
    return Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
  }

  /** All texts as one batch, in their order. */
  public TokenBatch batch(List<String> texts) {
    List<int[]> tokens = encode(texts);
    return TokenBatch.of(tokens, IntStream.range(0, tokens.size()).boxed().toList());
  }

  /**
   * Texts as batches of similar lengths, the shortest first, so that little is filled up.
   *
   * @param size most texts of a batch
   */
  public List<TokenBatch> batches(List<String> texts, int size) {
    return batchesOf(encode(texts), size);
  }

  /** As {@link #batches}, of texts that are {@linkplain #encode encoded} already. */
  public static List<TokenBatch> batchesOf(List<int[]> tokens, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("a batch must have at least 1 text, but size is " + size);
    }
    List<Integer> order =
        IntStream.range(0, tokens.size())
            .boxed()
            .sorted(Comparator.comparingInt(text -> tokens.get(text).length))
            .toList();
    List<TokenBatch> batches = new ArrayList<>();
    for (int begin = 0; begin < order.size(); begin += size) {
      int end = Math.min(order.size(), begin + size);
      batches.add(TokenBatch.of(tokens, order.subList(begin, end)));
    }
    return batches;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
