// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.datasets.random.SplitMix64;

class AugmentationTest {
  private static final SplittableRandom ANY = new SplittableRandom(1);

  @Property(tries = 50)
  void flippingTwiceIsTheIdentity(
      @ForAll @IntRange(min = 1, max = 9) int height,
      @ForAll @IntRange(min = 1, max = 9) int width,
      @ForAll long seed) {
    Image image = noise(height, width, seed);
    Augmentation flip = new HorizontalFlip(1);
    assertEquals(image, flip.then(flip).apply(image, ANY));
    Image once = flip.apply(image, ANY);
    assertEquals(image.value(1, height - 1, 0), once.value(1, height - 1, width - 1));
  }

  @Test
  void everyOtherImageIsFlipped() {
    Image image = noise(4, 4, 1);
    int flipped = 0;
    for (int i = 0; i < 1000; i++) {
      Image result = HorizontalFlip.RANDOM.apply(image, SplitMix64.member(3, i));
      flipped += result.equals(image) ? 0 : 1;
    }
    assertEquals(500, flipped, 60);
    assertSame(image, new HorizontalFlip(0).apply(image, ANY));
  }

  @Test
  void paddedCropsCoverAllOffsetsAndFillWithBlack() {
    byte[] white = new byte[25];
    Arrays.fill(white, (byte) 255);
    Image image = Image.of(1, 5, 5, white);
    Set<List<Integer>> offsets = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Image crop = new PaddedCrop(2).apply(image, SplitMix64.member(3, i));
      assertEquals("1x5x5", crop.toString());
      int top = 0;
      int left = 0;
      int sum = 0;
      for (int row = 0; row < 5; row++) {
        for (int column = 0; column < 5; column++) {
          int value = crop.value(0, row, column);
          sum += value / 255;
          top += column == 2 && value == 0 ? (row < 2 ? 1 : -1) : 0;
          left += row == 2 && value == 0 ? (column < 2 ? 1 : -1) : 0;
        }
      }
      assertEquals((5 - Math.abs(top)) * (5 - Math.abs(left)), sum);
      offsets.add(List.of(top, left));
    }
    assertEquals(25, offsets.size());
  }

  @Test
  void withoutPaddingNothingMoves() {
    Image image = noise(5, 7, 1);
    assertEquals(image, new PaddedCrop(0).apply(image, ANY));
  }

  @Test
  void cropsKeepWhatTheyShow() {
    Image image = noise(6, 9, 1);
    Image crop = image.crop(2, 3, 3, 4);
    for (int channel = 0; channel < 3; channel++) {
      assertEquals(image.value(channel, 2, 3), crop.value(channel, 0, 0));
      assertEquals(image.value(channel, 4, 6), crop.value(channel, 2, 3));
    }
    assertEquals(image.crop(1, 2, 4, 4), new CenterCrop(4).apply(image, ANY));
    assertEquals(0, image.crop(50, 50, 2, 2).value(0, 0, 0));
    Image larger = new CenterCrop(8).apply(noise(6, 6, 1), ANY);
    assertEquals(0, larger.value(0, 0, 0));
    assertEquals(noise(6, 6, 1), larger.crop(1, 1, 6, 6));
  }

  @Test
  void randomResizedCropsVaryInPlaceSizeAndShape() {
    // Row and column in the red and green channel, so that a result shows where it comes from.
    int size = 128;
    byte[] pixels = new byte[3 * size * size];
    for (int i = 0; i < size * size; i++) {
      pixels[i] = (byte) (i / size);
      pixels[size * size + i] = (byte) (i % size);
    }
    Image image = Image.of(3, size, size, pixels);
    double least = 1;
    double most = 0;
    int leftmost = size;
    int rightmost = 0;
    for (int i = 0; i < 500; i++) {
      Image crop = RandomResizedCrop.standard(32).apply(image, SplitMix64.member(3, i));
      assertEquals("3x32x32", crop.toString());
      double height = (crop.value(0, 31, 0) - crop.value(0, 0, 0)) * 32 / 31.0;
      double width = (crop.value(1, 0, 31) - crop.value(1, 0, 0)) * 32 / 31.0;
      double area = height * width / (size * size);
      least = Math.min(least, area);
      most = Math.max(most, area);
      leftmost = Math.min(leftmost, crop.value(1, 0, 0));
      rightmost = Math.max(rightmost, crop.value(1, 0, 31));
      assertTrue(width / height > 0.7 && width / height < 1.43, width + " x " + height);
    }
    assertEquals(0.08, least, 0.02);
    assertEquals(0.97, most, 0.05);
    assertTrue(leftmost < 3 && rightmost > size - 4, leftmost + " to " + rightmost);
  }

  @Test
  void imagesThatNoDrawFitsAreCutInTheMiddle() {
    Image wide = noise(3, 60, 1);
    RandomResizedCrop step = new RandomResizedCrop(4, 1, 1, 1, 2);
    assertEquals(
        BilinearResize.resize(wide.crop(0, 27, 3, 6), 4, 4),
        step.apply(wide, SplitMix64.member(1, 1)));
    Image high = noise(60, 3, 1);
    assertEquals(
        BilinearResize.resize(high.crop(28, 0, 3, 3), 4, 4),
        step.apply(high, SplitMix64.member(1, 1)));
  }

  @Test
  void evaluationKeepsTheShapeAndTheMiddle() {
    Image image = noise(300, 500, 1);
    Image shorter = new ResizedShorterSide(256).apply(image, ANY);
    assertEquals("3x256x426", shorter.toString());
    Image result = Augmentations.imageNetTest(224).apply(image, ANY);
    assertEquals(shorter.crop(16, 101, 224, 224), result);
    assertEquals("3x64x64", Augmentations.imageNetTest(64).apply(image, ANY).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "16,16,3937971819",
    "37,90,2322689263",
    "53,20,3766029113",
    "80,101,3631480645",
    "7,5,4136283605"
  })
  void resizingIsPillowsBilinear(int height, int width, long golden) {
    byte[] pixels = new byte[37 * 53];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (37 * i + 11 * i * i);
    }
    Image result = BilinearResize.resize(Image.of(1, 37, 53, pixels), height, width);
    CRC32 crc = new CRC32();
    crc.update(result.pixels());
    assertEquals(golden, crc.getValue()); // of Pillow 12, Image.resize(BILINEAR)
  }

  @Test
  void resizingToTheSameSizeChangesNothing() {
    Image image = noise(4, 5, 1);
    assertSame(image, BilinearResize.resize(image, 4, 5));
  }

  @Property(tries = 30)
  void resizingKeepsPlainColors(
      @ForAll @IntRange(min = 1, max = 40) int from,
      @ForAll @IntRange(min = 1, max = 40) int to,
      @ForAll @IntRange(min = 0, max = 255) int value) {
    byte[] pixels = new byte[from * 3];
    Arrays.fill(pixels, (byte) value);
    Image result = BilinearResize.resize(Image.of(1, 3, from, pixels), 5, to);
    for (int column = 0; column < to; column++) {
      assertEquals(value, result.value(0, 2, column));
    }
  }

  @Test
  void sameSeedSameBits() {
    Image image = noise(40, 50, 1);
    for (Augmentation chain : List.of(Augmentations.cifar10(), Augmentations.imageNetTrain(16))) {
      Image once = chain.apply(image, SplitMix64.member(5, 0));
      assertEquals(once, chain.apply(image, SplitMix64.member(5, 0)));
      assertNotEquals(once, chain.apply(image, SplitMix64.member(5, 1)));
    }
    assertEquals(noise(40, 50, 1), image); // unchanged
    assertSame(image, Augmentations.NONE.apply(image, ANY));
  }

  @Test
  void badOptionsAreRefused() {
    assertMessage("the probability must be from 0 to 1, got 1.5", () -> new HorizontalFlip(1.5));
    assertMessage("the padding must be at least 0, got -1", () -> new PaddedCrop(-1));
    assertMessage("a crop needs at least 1 row, got 0", () -> new CenterCrop(0));
    assertMessage("a side needs at least 1 pixel, got 0", () -> new ResizedShorterSide(0));
    assertMessage("a crop needs at least 1 row, got 0", () -> RandomResizedCrop.standard(0));
    assertMessage(
        "areas must be above 0, at most 1, and in ascending order, got 0.0 and 1.0",
        () -> new RandomResizedCrop(1, 0, 1, 1, 1));
    assertMessage(
        "aspect ratios must be positive and in ascending order, got 2.0 and 1.0",
        () -> new RandomResizedCrop(1, 1, 1, 2, 1));
    assertMessage("an image of 1x2x2 needs 4 bytes, got 5", () -> Image.of(1, 2, 2, new byte[5]));
    assertMessage(
        "an image needs at least one channel, row, and column, got 1x0x2",
        () -> Image.of(1, 0, 2, new byte[0]));
  }

  private static Image noise(int height, int width, long seed) {
    byte[] pixels = new byte[3 * height * width];
    new SplittableRandom(seed).nextBytes(pixels);
    return Image.of(3, height, width, pixels);
  }

  private static void assertMessage(String expected, Runnable action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertTrue(message.startsWith(expected), message);
  }
}
