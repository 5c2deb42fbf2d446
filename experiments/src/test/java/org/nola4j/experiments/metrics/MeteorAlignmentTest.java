// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MeteorAlignmentTest {
  private static void assertAlignment(
      String hypothesis, String reference, int chunks, Integer... places) {
    List<String> words = Words.bySpace(reference);
    MeteorAlignment alignment = MeteorAlignment.of(Words.bySpace(hypothesis), words);
    assertEquals(
        List.of(places),
        IntStream.range(0, words.size()).map(alignment::hypothesisPlace).boxed().toList());
    assertEquals(chunks, alignment.chunks());
  }

  @Test
  void equalWordsAndStems() {
    assertAlignment("the cats sat", "a cat sits", 1, -1, 1, -1);
    assertAlignment("on the mat sat the cat", "the cat sat on the mat", 3, 4, 5, 3, 0, 1, 2);
  }

  @Test
  void theFewestChunksAreChosen() {
    assertAlignment("the a the b", "the b", 1, 2, 3);
    assertAlignment("x the b", "the b the", 1, 1, 2, -1);
    assertAlignment("", "a", 0, -1);
  }
}
