// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.internal.io.Resources;
import org.nola4j.io.FileFormatException;

/**
 * The tokenizer of a model, as its {@code tokenizer.json} or its files of byte pairs say, by
 * Hugging Face's own library.
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
  /** The least room for a text: the tokens that mark begin and end, and one of its own. */
  private static final int FEWEST = 3;

  /** Texts encoded at a time: the library keeps much more than the tokens of each. */
  private static final int CHUNK = 1024;

  static {
    // Else the library reports its use where it takes the machine for one of Amazon's.
    if (System.getProperty("OPT_OUT_TRACKING") == null) {
      System.setProperty("OPT_OUT_TRACKING", "true");
    }
  }

  private final HuggingFaceTokenizer tokenizer;
  private final int words;

  private TextTokenizer(HuggingFaceTokenizer tokenizer, int words) {
    this.tokenizer = tokenizer;
    this.words = words;
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

  /**
   * Opens a model's folder: its {@code tokenizer.json}, or else SentencePiece's {@code
   * tokenizer.model} or llama2.c's {@code tokenizer.bin}, or else GPT-2's byte pairs, {@code
   * encoder.json} and {@code vocab.bpe} as OpenAI names them, or {@code vocab.json} and {@code
   * merges.txt} as Hugging Face does. Each may be gzipped, with {@code .gz} after its name.
   *
   * @throws java.nio.file.NoSuchFileException if neither is there
   * @throws FileFormatException if they are no tokenizer
   */
  public static TextTokenizer in(Path folder, int maxTokens) throws IOException {
    Optional<Path> whole = file(folder, "tokenizer.json");
    if (whole.isPresent()) {
      return of(BytePairs.contents(whole.get()), whole.get().toString(), maxTokens);
    }
    Optional<Path> pieces = file(folder, "tokenizer.model", "tokenizer.bin");
    if (pieces.isPresent()) {
      return ofSentencePieces(pieces.get(), maxTokens);
    }
    Optional<Path> vocabulary = file(folder, "encoder.json", "vocab.json");
    Optional<Path> merges = file(folder, "vocab.bpe", "merges.txt");
    if (vocabulary.isEmpty() || merges.isEmpty()) {
      throw new NoSuchFileException(
          folder.toString(),
          null,
          "has neither tokenizer.json nor tokenizer.model nor encoder.json and vocab.bpe (or"
              + " vocab.json and merges.txt): put your model's there");
    }
    return ofBytePairs(vocabulary.get(), merges.get(), maxTokens);
  }

  private static Optional<Path> file(Path folder, String... names) {
    return Stream.of(names)
        .flatMap(name -> Stream.of(name, name + ".gz"))
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * Opens the two files of GPT-2's byte pairs, plain or gzipped. What stands for the end of a text,
   * {@code <|endoftext|>}, is one token, and no text has tokens that mark its begin or end.
   *
   * @param vocabulary token to number, as JSON
   * @param merges pairs of tokens, one per line, in the order in which they are joined
   * @throws FileFormatException naming the line, if the two do not fit
   */
  public static TextTokenizer ofBytePairs(Path vocabulary, Path merges, int maxTokens)
      throws IOException {
    return of(BytePairs.read(vocabulary, merges).bytes(), vocabulary.toString(), maxTokens);
  }

  /** As {@link #ofBytePairs}, of files that are read already, or a part of their tokens. */
  public static TextTokenizer of(BytePairs pairs, int maxTokens) throws IOException {
    return of(pairs.bytes(), "byte pairs", maxTokens);
  }

  /**
   * Opens a SentencePiece vocabulary of LLaMA's kind: {@code tokenizer.model} ({@code .model}), or
   * as llama2.c stores it, {@code tokenizer.bin}; plain or gzipped. Texts begin with the token
   * {@code <s>}, number 1; characters that are not in the vocabulary become tokens of their bytes.
   *
   * @throws FileFormatException if it is none
   */
  public static TextTokenizer ofSentencePieces(Path file, int maxTokens) throws IOException {
    return of(SentencePieces.json(file), file.toString(), maxTokens);
  }

  private static TextTokenizer of(byte[] json, String name, int maxTokens) throws IOException {
    if (maxTokens < FEWEST) {
      throw new IllegalArgumentException(
          "maxTokens must be at least " + FEWEST + ", but is " + maxTokens);
    }
    int words = TokenizerCheck.require(json, name);
    String most = String.valueOf(maxTokens);
    Map<String, String> options =
        Map.of("truncation", "true", "padding", "false", "maxLength", most, "modelMaxLength", most);
    try {
      return new TextTokenizer(
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options), words);
    } catch (RuntimeException e) {
      throw new FileFormatException(
          name,
          "a tokenizer.json of Hugging Face's tokenizers",
          String.valueOf(e.getMessage()),
          TokenizerCheck.REMEDY,
          e);
    }
  }

  /** One more than the highest number of a token. */
  public int words() {
    return words;
  }

  /** The tokens of each text, with those that mark begin and end. */
  public List<int[]> encode(List<String> texts) {
    List<int[]> all = new ArrayList<>(texts.size());
    for (int begin = 0; begin < texts.size(); begin += CHUNK) {
      List<String> chunk = texts.subList(begin, Math.min(texts.size(), begin + CHUNK));
      Arrays.stream(tokenizer.batchEncode(chunk)).map(TextTokenizer::ids).forEach(all::add);
    }
    return all;
  }

  /**
   * The text of tokens, those included that mark begin and end. For byte pairs this is the inverse
   * of {@link #encode}, of all texts; other tokenizers lose case or spaces.
   */
  public String decode(int... tokens) {
    return tokenizer.decode(IntStream.of(tokens).asLongStream().toArray(), false);
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
   * Texts as batches of similar lengths, the shortest first, so that there is little padding.
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
