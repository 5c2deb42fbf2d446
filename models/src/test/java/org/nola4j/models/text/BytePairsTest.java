// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.models.SharedFiles;

class BytePairsTest {
  private static final String END = "<|endoftext|>";

  @TempDir Path folder;

  private static BytePairs gpt2() throws IOException {
    return BytePairs.read(
        SharedFiles.find("data/gpt2-bpe/encoder.json.gz"),
        SharedFiles.find("data/gpt2-bpe/vocab.bpe.gz"));
  }

  @Test
  void theFirstTokensKeepTheirNumbers() throws IOException {
    BytePairs few = gpt2().first(300);
    assertEquals(300, few.size());
    try (TextTokenizer tokenizer = TextTokenizer.of(few, 64);
        TextTokenizer whole = TextTokenizer.of(gpt2(), 64)) {
      assertArrayEquals(new int[] {262, 299}, tokenizer.encode(List.of(" the" + END)).get(0));
      assertArrayEquals(new int[] {262, 50256}, whole.encode(List.of(" the" + END)).get(0));
      // " weather" is one token, 6193, after 5,938 merges; with 43 it is made of theirs.
      assertArrayEquals(new int[] {6193}, whole.encode(List.of(" weather")).get(0));
      int[] parts = tokenizer.encode(List.of(" weather")).get(0);
      assertTrue(parts.length > 1 && IntStream.of(parts).allMatch(part -> part < 299));
      assertEquals(" weather", tokenizer.decode(parts));
    }
  }

  @Test
  void writtenFilesAreTheSameTokenizer() throws IOException {
    gpt2().first(2000).write(folder);
    byte[] bytes = BytePairs.contents(SharedFiles.find("data/nlg/e2e/test.txt.gz"));
    List<String> texts = new String(bytes, StandardCharsets.UTF_8).lines().limit(50).toList();
    try (TextTokenizer tokenizer = TextTokenizer.of(gpt2().first(2000), 1024);
        TextTokenizer written = TextTokenizer.in(folder, 1024)) {
      for (int i = 0; i < texts.size(); i++) {
        int[] tokens = written.encode(texts).get(i);
        assertArrayEquals(tokenizer.encode(texts).get(i), tokens);
        assertEquals(texts.get(i), written.decode(tokens));
      }
    }
  }

  @Test
  void numbersOfTokens() throws IOException {
    BytePairs all = gpt2();
    assertEquals(50_257, all.size());
    assertSame(all, all.first(50_257));
    assertEquals(257, all.first(257).size());
    String message =
        assertThrows(IllegalArgumentException.class, () -> all.first(256)).getMessage();
    assertEquals("256 tokens are too few: number 255 is a single byte", message);
  }
}
