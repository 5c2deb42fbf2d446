// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** DL4J's {@code dropOut} on layers whose input or output it would spoil. */
class TokenDropoutTest {
  private static void assertRefused(String layer, Executable building) {
    String message = assertThrows(IllegalArgumentException.class, building).getMessage();
    assertTrue(message.contains(layer) && message.contains("dropout"), message);
  }

  private static TokenEmbedding.Builder embedding() {
    return new TokenEmbedding.Builder().name("words").nIn(7).nOut(4);
  }

  private static LanguageModelHead.Builder head() {
    return new LanguageModelHead.Builder().name("next").nIn(4).nOut(7);
  }

  @Test
  void dropoutOfTheLayerIsRefused() {
    assertRefused("words", () -> embedding().dropOut(0.5).build());
    assertRefused("next", () -> head().dropOut(0.5).build());
  }

  /** It would otherwise be dropped, or change token IDs, without a word. */
  @Test
  void dropoutOfTheNetworkIsRefused() {
    assertRefused(
        "words",
        () -> new NeuralNetConfiguration.Builder().dropOut(0.5).layer(embedding().build()).build());
    assertRefused(
        "next",
        () -> new NeuralNetConfiguration.Builder().dropOut(0.5).layer(head().build()).build());
  }
}
