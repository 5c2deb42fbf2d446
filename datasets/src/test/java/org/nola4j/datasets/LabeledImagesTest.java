// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabeledImagesTest {
  private static final ImageSetInfo INFO = info("train", 2);

  @Test
  void givesBackWhatItWasMadeOf() {
    LabeledImages images = images();
    assertEquals(3, images.size());
    assertEquals(1, images.label(2));
    assertArrayEquals(new int[] {0, 1, 1}, images.labels());
    assertArrayEquals(new byte[] {3, 4}, images.pixels(1));
    assertEquals("tiny train: 3 images of 1x1x2, 2 classes", images.toString());
  }

  @Test
  void callersCannotChangeIt() {
    byte[] pixels = {1, 2};
    int[] labels = {1};
    LabeledImages images = LabeledImages.of(INFO, pixels, labels);
    pixels[0] = 9;
    labels[0] = 0;
    images.pixels(0)[1] = 9;
    images.labels()[0] = 0;
    assertArrayEquals(new byte[] {1, 2}, images.pixels(0));
    assertEquals(1, images.label(0));
  }

  @Test
  void firstImagesAreASetOfTheirOwn() {
    LabeledImages first = images().first(2);
    assertEquals(2, first.size());
    assertArrayEquals(new byte[] {3, 4}, first.pixels(1));
    assertEquals(INFO, first.info());
    assertMessage(
        "tiny train has 3 images, but the first 4 were requested", () -> images().first(4));
    assertMessage(
        "tiny train has 3 images, but the first 0 were requested", () -> images().first(0));
  }

  @Test
  void shotsAreEquallyManyImagesOfEveryClass() {
    LabeledImages all = numbered(200);
    LabeledImages five = all.shots(5, 1);
    assertEquals(20, five.size());
    for (int label = 0; label < 4; label++) {
      int wanted = label;
      assertEquals(5, Arrays.stream(five.labels()).filter(l -> l == wanted).count());
    }
    List<Integer> images = numbers(five);
    assertEquals(images.stream().sorted().distinct().toList(), images);
    for (int i = 0; i < five.size(); i++) {
      assertEquals(all.label(images.get(i)), five.label(i));
    }
  }

  @Test
  void seedDecidesWhichShotsAndMoreContainFewer() {
    LabeledImages all = numbered(200);
    assertEquals(numbers(all.shots(5, 1)), numbers(all.shots(5, 1)));
    assertNotEquals(numbers(all.shots(5, 1)), numbers(all.shots(5, 2)));
    assertTrue(numbers(all.shots(10, 1)).containsAll(numbers(all.shots(5, 1))));
    assertEquals(numbers(all), numbers(all.shots(50, 3)));
  }

  @Test
  void tooManyShotsAreRefused() {
    assertMessage(
        "numbered train has 50 images of class 0, but 51 are needed",
        () -> numbered(200).shots(51, 1));
    assertMessage("need at least 1 image per class, got 0", () -> numbered(200).shots(0, 1));
  }

  /** Four classes in turn; each image's only pixel is its number. */
  private static LabeledImages numbered(int count) {
    byte[] pixels = new byte[count];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      pixels[i] = (byte) i;
      labels[i] = i % 4;
    }
    return LabeledImages.of(
        new ImageSetInfo("numbered", "train", 1, 1, 1, 4, false), pixels, labels);
  }

  private static List<Integer> numbers(LabeledImages images) {
    return IntStream.range(0, images.size()).mapToObj(i -> images.pixels(i)[0] & 0xff).toList();
  }

  @Test
  void labelsOutOfRangeAreRefused() {
    assertMessage(
        "tiny train: image 1 has label 2, expected 0 to 1",
        () -> LabeledImages.of(INFO, new byte[4], new int[] {0, 2}));
    assertMessage(
        "tiny train: image 0 has label -1, expected 0 to 1",
        () -> LabeledImages.of(INFO, new byte[2], new int[] {-1}));
  }

  @Test
  void lengthsThatDisagreeAreRefused() {
    assertMessage(
        "tiny train: 2 images of 1x1x2 need 4 bytes of pixels, got 5",
        () -> LabeledImages.of(INFO, new byte[5], new int[2]));
    assertMessage(
        "tiny train has no images", () -> LabeledImages.of(INFO, new byte[0], new int[0]));
  }

  @Test
  void imagesOutOfRangeAreRefused() {
    assertThrows(IndexOutOfBoundsException.class, () -> images().pixels(3));
    assertThrows(IndexOutOfBoundsException.class, () -> images().label(-1));
  }

  @Test
  void infoIsChecked() {
    assertMessage(
        "channels, height, width and classes must be positive, got 1, 0, 2 and 2",
        () -> new ImageSetInfo("tiny", "train", 1, 0, 2, 2, false));
    assertMessage(
        "name and split must not be blank, got 'tiny' and ' '",
        () -> new ImageSetInfo("tiny", " ", 1, 1, 2, 2, false));
    assertThrows(
        ArithmeticException.class,
        () -> new ImageSetInfo("tiny", "train", 3, 1 << 20, 1 << 20, 2, false));
  }

  @Test
  void trainAndTestMustBeOfOneSet() {
    LabeledImages test = LabeledImages.of(info("test", 2), new byte[2], new int[1]);
    assertFalse(new ImageSplits<>(images(), test).standIn());
    LabeledImages other = LabeledImages.of(info("test", 3), new byte[2], new int[1]);
    assertMessage(
        "training and test images belong to different sets: tiny train: 3 images of 1x1x2, 2"
            + " classes; tiny test: 1 images of 1x1x2, 3 classes",
        () -> new ImageSplits<>(images(), other));
  }

  private static LabeledImages images() {
    return LabeledImages.of(INFO, new byte[] {1, 2, 3, 4, 5, 6}, new int[] {0, 1, 1});
  }

  private static ImageSetInfo info(String split, int classes) {
    return new ImageSetInfo("tiny", split, 1, 1, 2, classes, false);
  }

  private static void assertMessage(String expected, Runnable action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertTrue(message.startsWith(expected), message);
  }
}
