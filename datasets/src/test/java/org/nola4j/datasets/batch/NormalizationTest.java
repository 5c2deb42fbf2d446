// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizationTest {
  @Test
  void unitMapsBytesToZeroToOne() {
    float[] table = Normalization.UNIT.tables(1)[0];
    assertEquals(0f, table[0]);
    assertEquals(1f, table[255]);
    assertEquals((float) (128 / 255.0), table[128]);
  }

  @Test
  void mnistConstantsGiveTheWellKnownExtremes() {
    float[] table = Normalization.MNIST.tables(1)[0];
    assertEquals(-0.4242f, table[0], 1e-4f);
    assertEquals(2.8215f, table[255], 1e-4f);
  }

  @Test
  void channelsHaveTheirOwnConstants() {
    float[][] tables = new Normalization(List.of(0.0, 0.5), List.of(1.0, 0.25)).tables(2);
    assertEquals(1f, tables[0][255]);
    assertEquals(2f, tables[1][255]);
    assertEquals(-2f, tables[1][0]);
  }

  @Test
  void oneValueServesAllChannels() {
    float[][] tables = Normalization.of(0.5, 0.5).tables(3);
    assertEquals(3, tables.length);
    assertEquals(1f, tables[2][255]);
  }

  @Test
  void badConstantsAreRefused() {
    assertMessage(
        "need as many means as standard deviations, at least one, got [0.5] and []",
        () -> new Normalization(List.of(0.5), List.of()));
    assertMessage("means must be finite and standard deviations", () -> Normalization.of(0, 0));
    assertMessage(
        "means must be finite and standard deviations", () -> Normalization.of(Double.NaN, 1));
    assertMessage(
        "the normalization is for 2 channels, the images have 3",
        () -> new Normalization(List.of(0.0, 0.0), List.of(1.0, 1.0)).tables(3));
  }

  private static void assertMessage(String expected, Runnable action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertTrue(message.startsWith(expected), message);
  }
}
