// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.SharedFiles;

class TextTokenizerTest {
  /** A whole tokenizer of six words, which marks begin and end. */
  private static final String JSON =
      "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[],"
          + "\"normalizer\":{\"type\":\"Lowercase\"},\"pre_tokenizer\":{\"type\":\"Whitespace\"},"
          + "\"post_processor\":{\"type\":\"TemplateProcessing\","
          + "\"single\":[{\"SpecialToken\":{\"id\":\"[CLS]\",\"type_id\":0}},"
          + "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
          + "{\"SpecialToken\":{\"id\":\"[SEP]\",\"type_id\":0}}],\"pair\":[],"
          + "\"special_tokens\":{\"[CLS]\":{\"id\":\"[CLS]\",\"ids\":[1],\"tokens\":[\"[CLS]\"]},"
          + "\"[SEP]\":{\"id\":\"[SEP]\",\"ids\":[2],\"tokens\":[\"[SEP]\"]}}},\"decoder\":null,"
          + "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"[UNK]\",\"vocab\":"
          + "{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3,\"cat\":4,\"sat\":5}}}";

  private static final List<String> TEXTS =
      List.of(
          "nlg/e2e/valid.txt.gz",
          "alpaca/alpaca_en_demo_999.json.gz",
          "mmlu/zero_shot_mmlu_val.json.gz");

  @TempDir private Path folder;

  private TextTokenizer tokenizer(int maxTokens) throws IOException {
    return TextTokenizer.open(Files.writeString(folder.resolve("t.json"), JSON), maxTokens);
  }

  @Test
  void encodesAndCutsOff() throws IOException {
    try (TextTokenizer tokenizer = tokenizer(5)) {
      List<int[]> tokens = tokenizer.encode(List.of("A cat", "", "dog", "a cat sat a cat sat"));
      assertArrayEquals(new int[] {1, 3, 4, 2}, tokens.get(0));
      assertArrayEquals(new int[] {1, 2}, tokens.get(1));
      assertArrayEquals(new int[] {1, 0, 2}, tokens.get(2));
      assertArrayEquals(new int[] {1, 3, 4, 5, 2}, tokens.get(3));
      assertEquals(List.of(), tokenizer.encode(List.of()));
    }
  }

  @Test
  void oneBatchInTheGivenOrder() throws IOException {
    try (TextTokenizer tokenizer = tokenizer(8)) {
      TokenBatch batch = tokenizer.batch(List.of("a cat sat", "cat"));
      assertArrayEquals(
          new float[][] {{1, 3, 4, 5, 2}, {1, 4, 2, 0, 0}}, batch.ids().toFloatMatrix());
      assertArrayEquals(
          new float[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}}, batch.mask().toFloatMatrix());
      assertArrayEquals(new int[] {5, 3}, batch.lengths());
      assertEquals(List.of(0, 1), batch.texts());
      assertNull(tokenizer.batch(List.of("a cat", "a sat")).mask());
      assertNull(tokenizer.batch(List.of("a cat")).masks());
    }
  }

  @Test
  void batchesOfSimilarLengths() throws IOException {
    try (TextTokenizer tokenizer = tokenizer(8)) {
      List<TokenBatch> batches =
          tokenizer.batches(List.of("a cat sat", "cat", "a", "a cat sat a", "cat sat"), 2);
      assertEquals(
          List.of(List.of(1, 2), List.of(4, 0), List.of(3)),
          batches.stream().map(TokenBatch::texts).toList());
      assertArrayEquals(new int[] {4, 5}, batches.get(1).lengths());
      assertThrows(IllegalArgumentException.class, () -> tokenizer.batches(List.of("a"), 0));
    }
  }

  @Test
  void thatOfMiniLm() throws IOException {
    MiniLm.assumePresent();
    try (TextTokenizer tokenizer = TextTokenizer.ofResource(MiniLm.TOKENIZER, 128)) {
      assertArrayEquals(
          new int[] {101, 7592, 2088, 1010, 23653, 999, 102},
          tokenizer.encode(List.of("Hello world, unbelievable!")).get(0));
      assertEquals(30_522, tokenizer.words());
    }
  }

  /** The numbers are those of OpenAI's own encoder, and of {@code transformers}. */
  @Test
  void bytePairsOfGpt2() throws IOException {
    Path gpt2 = SharedFiles.find("data/gpt2-bpe");
    try (TextTokenizer tokenizer = TextTokenizer.in(gpt2, 1024)) {
      assertArrayEquals(
          new int[] {15496, 11, 995, 0}, tokenizer.encode(List.of("Hello, world!")).get(0));
      assertArrayEquals(new int[] {628}, tokenizer.encode(List.of("\n\n")).get(0));
      assertArrayEquals(new int[] {50256}, tokenizer.encode(List.of("<|endoftext|>")).get(0));
      assertArrayEquals(new int[0], tokenizer.encode(List.of("")).get(0));
      assertEquals("<|endoftext|>", tokenizer.decode(50256));
      assertEquals(50_257, tokenizer.words());
    }
  }

  @Test
  void bytePairsDecodeToEveryText() throws IOException {
    Path gpt2 = SharedFiles.find("data/gpt2-bpe");
    List<String> texts = new ArrayList<>();
    for (String file : TEXTS) {
      byte[] bytes = BytePairs.contents(SharedFiles.find("data/" + file));
      new String(bytes, StandardCharsets.UTF_8).lines().limit(1000).forEach(texts::add);
    }
    texts.addAll(List.of(" ", "  two  spaces ", "\t\r\n\u00a0\u2028", "caf\u00e9 \ud83d\ude00"));
    try (TextTokenizer tokenizer = TextTokenizer.in(gpt2, 1 << 20)) {
      List<int[]> tokens = tokenizer.encode(texts);
      for (int i = 0; i < texts.size(); i++) {
        assertEquals(texts.get(i), tokenizer.decode(tokens.get(i)));
      }
    }
  }

  /** The native library ends the process at the first unknown word of such files. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"type\":\"WordLevel\",\"unk_token\":\"[NONE]\"",
        "\"type\":\"WordLevel\"",
        "\"type\":\"WordPiece\",\"unk_token\":\"[NONE]\"",
        "\"unk_token\":\"[NONE]\"",
        "\"type\":\"BPE\",\"merges\":[],\"unk_token\":\"[NONE]\"",
        "\"type\":\"Unigram\""
      })
  void modelsWithoutTheirUnknownTokenAreRefused(String model) throws IOException {
    String json = JSON.replace("\"type\":\"WordLevel\",\"unk_token\":\"[UNK]\"", model);
    Path file = Files.writeString(folder.resolve("t.json"), json);
    String message =
        assertThrows(FileFormatException.class, () -> TextTokenizer.open(file, 8)).getMessage();
    assertTrue(message.contains("a token for unknown words"), message);
  }

  @Test
  void errorsSayWhatIsWrong() throws IOException {
    Exception e = assertThrows(IllegalArgumentException.class, () -> tokenizer(2));
    assertEquals("maxTokens must be at least 3, but is 2", e.getMessage());
    Path other = Files.writeString(folder.resolve("other.json"), "{\"a\": 1}");
    e = assertThrows(FileFormatException.class, () -> TextTokenizer.open(other, 8));
    assertTrue(e.getMessage().contains("other.json: expected "), e.getMessage());
    e =
        assertThrows(
            NoSuchFileException.class, () -> TextTokenizer.ofResource("no-tokenizer.json", 8));
    assertTrue(e.getMessage().contains("not on the class path"), e.getMessage());
    e = assertThrows(NoSuchFileException.class, () -> TextTokenizer.in(folder, 8));
    assertTrue(e.getMessage().contains("has neither tokenizer.json nor"), e.getMessage());
    Files.writeString(folder.resolve("encoder.json"), "{\"a\": 0, \"b\": 1, \"ab\": 2}");
    Path merges = Files.writeString(folder.resolve("vocab.bpe"), "#version: 0.2\na b\nb a\n");
    e = assertThrows(FileFormatException.class, () -> TextTokenizer.in(folder, 8));
    assertEquals(
        merges
            + ": expected in line 3 two tokens whose union is in the vocabulary too, but found b a;"
            + " pass both files of one model",
        e.getMessage());
    Files.writeString(merges, "#version: 0.2\na b\n");
    try (TextTokenizer small = TextTokenizer.in(folder, 8)) {
      assertArrayEquals(new int[] {2, 0}, small.encode(List.of("aba")).get(0));
    }
  }
}
