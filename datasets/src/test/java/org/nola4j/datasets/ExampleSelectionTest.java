// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExampleSelectionTest {
  /** From a program in another language that has only read the rule. */
  @Test
  void shotsFollowThePublishedRule() {
    assertEquals(List.of(0, 3, 6, 7, 9, 10, 11, 25), numbers(unequal().shots(2, 0)));
    assertEquals(List.of(0, 2, 3, 6, 9, 11, 17, 24), numbers(unequal().shots(2, 1)));
    assertEquals(List.of(0, 2, 4, 10, 13, 19, 33, 35), numbers(unequal().shots(2, -5)));
    assertEquals(List.of(5, 14, 24, 26, 27, 28), numbers(unequal().heldOut(6)));
  }

  @Property(tries = 30)
  void shotsAndTheOthersAreTheWholeSet(
      @ForAll @IntRange(min = 1, max = 5) int perClass, @ForAll long seed) {
    assertCut(unequal().shots(perClass, seed), unequal().withoutShots(perClass, seed));
    assertEquals(4 * perClass, unequal().shots(perClass, seed).size());
  }

  @Property(tries = 10)
  void heldOutImagesAndTheOthersAreTheWholeSet(@ForAll @IntRange(min = 1, max = 39) int count) {
    assertCut(unequal().heldOut(count), unequal().withoutHeldOut(count));
  }

  @Test
  void everyImageOfAClassIsEquallyLikely() {
    int[] drawn = new int[40];
    for (int seed = 0; seed < 4000; seed++) {
      numbers(unequal().shots(1, seed)).forEach(image -> drawn[image]++);
    }
    for (int image = 0; image < 40; image++) {
      int size = List.of(15, 10, 10, 5).get(unequal().label(image));
      double expected = 4000.0 / size;
      assertEquals(expected, drawn[image], 5 * Math.sqrt(expected), "image " + image);
    }
  }

  @Test
  void aClassWithTooFewImagesIsNamed() {
    assertMessage(
        "numbered train has 5 images of class 3, but 6 are needed", () -> unequal().shots(6, 1));
    assertMessage("need at least 1 image per class, got 0", () -> unequal().shots(0, 1));
    assertMessage(
        "numbered train has 40 images, so 40 cannot be held out", () -> unequal().heldOut(40));
    assertMessage(
        "numbered train has 40 images, so 0 cannot be held out", () -> unequal().heldOut(0));
  }

  @Test
  void neighboringClassesAreNumberedAnew() {
    LabeledImages two = unequal().classes(1, 2);
    assertEquals(20, two.size());
    assertEquals(2, two.info().classes());
    assertEquals(List.of("1", "2"), two.info().labelNames());
    assertEquals("classes 1 to 2 of 4", two.info().note());
    for (int i = 0; i < 20; i++) {
      assertEquals(numbers(two).get(i) % 4 - 1, two.label(i));
    }
    assertEquals(unequal().info(), unequal().classes(0, 3).info());
    assertMessage(
        "numbered has classes 0 to 3, but classes 2 to 4 were requested",
        () -> unequal().classes(2, 4));
    assertMessage(
        "numbered has classes 0 to 3, but classes 2 to 1 were requested",
        () -> unequal().classes(2, 1));
  }

  private static void assertCut(LabeledImages some, LabeledImages others) {
    assertTrue(Collections.disjoint(numbers(some), numbers(others)));
    assertEquals(40, some.size() + others.size());
    assertFalse(some.size() == 0);
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }

  /** Four classes of 15, 10, 10 and 5 images; each image's only pixel is its number. */
  private static LabeledImages unequal() {
    byte[] pixels = new byte[40];
    int[] labels = new int[40];
    for (int i = 0; i < 40; i++) {
      pixels[i] = (byte) i;
      labels[i] = i % 8 == 7 ? 0 : i % 4;
    }
    return LabeledImages.of(
        new ImageSetInfo("numbered", "train", 1, 1, 1, 4, false), pixels, labels);
  }

  private static List<Integer> numbers(LabeledImages images) {
    return IntStream.range(0, images.size()).mapToObj(i -> images.pixels(i)[0] & 0xff).toList();
  }
}
