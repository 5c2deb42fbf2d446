// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.SharedFiles;

class SentencePiecesTest {
  private static final List<String> TEXTS =
      List.of(
          "Once upon a time, there was a little girl named Lily.",
          "Two  spaces, a tab\tand\na line.",
          "na\u00efve caf\u00e9 \u2014 \u65e5\u672c\u8a9e \ud83d\ude42",
          "");

  /** The texts of make_small_model.py. */
  private static final List<String> SMALL =
      List.of(
          "",
          "Hello world",
          " two  spaces\nand a line",
          "\u00e9 \u00fc \u6f22\u5b57 \ud83d\ude42",
          "The 123 answers: 4.5%",
          "a network of few coefficients and a seed");

  /** The numbers of "Hello" and "world" in LLaMA-2's vocabulary. */
  @Test
  void tokensAreLlama2s() throws IOException {
    Path file = SharedFiles.find("data/llama2-tokenizer/tokenizer.bin.gz");
    try (TextTokenizer tokenizer = TextTokenizer.ofSentencePieces(file, 512)) {
      int[] hello = tokenizer.encode(List.of("Hello world")).get(0);
      assertArrayEquals(new int[] {1, 15043, 3186}, hello);
      roundTrips(tokenizer);
    }
  }

  @Test
  void textsOfStories260kSurvive() throws IOException {
    Path file = SharedFiles.find("data/stories260k/tok512.bin");
    try (TextTokenizer tokenizer = TextTokenizer.ofSentencePieces(file, 512)) {
      assertEquals(512, tokenizer.words());
      roundTrips(tokenizer);
    }
  }

  /** Made and encoded by SentencePiece itself: make_small_model.py. */
  @Test
  void tokensAreThoseOfSentencePiece() throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.ofSentencePieces(small(), 512)) {
      roundTrips(tokenizer);
      List<int[]> found = tokenizer.encode(SMALL);
      List<String> expected = Files.readAllLines(small().resolveSibling("small.tokens.txt"));
      for (int i = 0; i < SMALL.size(); i++) {
        String tokens =
            Arrays.stream(found.get(i)).mapToObj(String::valueOf).collect(Collectors.joining(" "));
        assertEquals(expected.get(i), tokens, SMALL.get(i));
      }
    }
  }

  private static Path small() {
    return Path.of("src/test/resources/sentencepiece/small.model");
  }

  @Test
  void otherModelsAreRefusedWithARemedy(@TempDir Path folder) throws IOException {
    byte[] all = Files.readAllBytes(small());
    Path file = folder.resolve("tokenizer.model");
    for (int length : new int[] {1, 100, all.length - 1}) {
      Files.write(file, Arrays.copyOf(all, length));
      assertThrows(FileFormatException.class, () -> TextTokenizer.in(folder, 512));
    }
    Files.write(file, new byte[0]);
    String message =
        assertThrows(FileFormatException.class, () -> TextTokenizer.in(folder, 512)).getMessage();
    assertTrue(message.contains("no byte pairs") && message.contains("tokenizer.json"), message);
  }

  private static void roundTrips(TextTokenizer tokenizer) {
    List<int[]> tokens = tokenizer.encode(TEXTS);
    for (int i = 0; i < TEXTS.size(); i++) {
      int[] each = tokens.get(i);
      assertEquals(1, each[0], "begin");
      assertEquals(TEXTS.get(i), tokenizer.decode(Arrays.copyOfRange(each, 1, each.length)));
    }
  }

  @Test
  void filesThatAreCutOffAreNamed(@TempDir Path folder) throws IOException {
    byte[] all = Files.readAllBytes(SharedFiles.find("data/stories260k/tok512.bin"));
    Path file = folder.resolve("tokenizer.bin");
    Files.write(file, Arrays.copyOf(all, all.length - 1));
    assertThrows(FileFormatException.class, () -> TextTokenizer.ofSentencePieces(file, 512));
    Files.write(file, new byte[2]);
    assertThrows(FileFormatException.class, () -> TextTokenizer.ofSentencePieces(file, 512));
  }
}
