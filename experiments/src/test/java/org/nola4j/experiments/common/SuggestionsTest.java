// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SuggestionsTest {
  private static final List<String> METHODS = List.of("nola", "pranc", "lora", "hashednet");

  @Test
  void nearestNameIsFoundThroughTypicalMistakes() {
    assertEquals(Optional.of("nola"), Suggestions.nearest("nolla", METHODS));
    assertEquals(Optional.of("pranc"), Suggestions.nearest("prnac", METHODS));
    assertEquals(Optional.of("lora"), Suggestions.nearest("LORA", METHODS));
    assertEquals(Optional.of("hashednet"), Suggestions.nearest("hash", METHODS));
  }

  @Test
  void nothingIsSuggestedForWordsFarFromAll() {
    assertEquals(Optional.empty(), Suggestions.nearest("resnet", METHODS));
    assertEquals("", Suggestions.hint("xyz", METHODS));
    assertEquals("; did you mean nola?", Suggestions.hint("nola1", METHODS));
  }
}
