// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.datasets.batch.BatchIterator;
import org.nola4j.datasets.batch.Normalization;
import org.nola4j.datasets.random.SplitMix64;
import org.nola4j.datasets.synthetic.SyntheticShapes;

/** Digests and values are Pillow's (12.3) and those of torchvision's formulas in PyTorch (2.13). */
class FewShotAugmentationTest {
  private static final int HEIGHT = 48;
  private static final int WIDTH = 40;

  @ParameterizedTest
  @CsvSource({
    "brightness, 0.6, 724155579",
    "brightness, 0.85, 3205167375",
    "brightness, 1, 359668314",
    "brightness, 1.3721, 1213708216",
    "brightness, 1.9, 3072744219",
    "contrast, 0.6, 836158587",
    "contrast, 0.85, 1551863476",
    "contrast, 1, 359668314",
    "contrast, 1.3721, 4281257915",
    "contrast, 1.9, 1484357766",
    "saturation, 0, 3305929821",
    "saturation, 0.6, 2353896439",
    "saturation, 1, 359668314",
    "saturation, 1.3721, 3247729487",
    "saturation, 1.9, 1014957644",
    "hue, -0.5, 385860036",
    "hue, -0.1, 3923054117",
    "hue, -0.0421, 1109448424",
    "hue, 0, 263193706",
    "hue, 0.1, 4171787929",
    "hue, 0.37, 816066032",
    "gray, 0, 3305929821",
  })
  void colorsChangeAsInPillow(String change, double factor, long crc) {
    Image image = colorful();
    Image changed =
        switch (change) {
          case "brightness" -> Colors.brightness(image, factor);
          case "contrast" -> Colors.contrast(image, factor);
          case "saturation" -> Colors.saturation(image, factor);
          case "hue" -> Colors.hue(image, factor);
          default -> Augmentations.GRAY.apply(image, null);
        };
    assertEquals(crc, crc(changed));
  }

  @Test
  void blurIsTorchvisions() {
    Image small = colorful().crop(0, 0, 12, 11);
    assertBlur(
        new GaussianBlur(3, 0.7, 0.7).apply(small, new Draws(0.0)),
        new int[] {53, 74, 119, 118, 85, 91, 128, 119, 78, 76, 99},
        new int[] {157, 179, 167, 173, 134, 139, 159, 148, 101, 118, 118},
        new int[] {96, 91, 100, 100, 124, 172, 165, 175, 122, 77, 73});
    assertBlur(
        new GaussianBlur(17, 0.1, 3.7).apply(small, new Draws(0.5)), // sigma 1.9
        new int[] {120, 121, 121, 119, 116, 113, 111, 108, 104, 99, 97},
        new int[] {146, 145, 141, 136, 131, 128, 128, 129, 128, 126, 125},
        new int[] {100, 100, 102, 107, 116, 125, 131, 130, 126, 122, 120});
  }

  private static void assertBlur(Image image, int[] red0, int[] green5, int[] blue11) {
    assertArrayEquals(red0, row(image, 0, 0));
    assertArrayEquals(green5, row(image, 1, 5));
    assertArrayEquals(blue11, row(image, 2, 11));
  }

  private static int[] row(Image image, int channel, int row) {
    return IntStream.range(0, image.width()).map(i -> image.value(channel, row, i)).toArray();
  }

  @Test
  void blurDoesNotFitSmallerImages() {
    GaussianBlur blur = new GaussianBlur(17, 1, 1);
    Image image = colorful().crop(0, 0, 9, 9);
    assertEquals("3x9x9", blur.apply(image, new Draws(0.0)).toString());
    assertMessage(
        "a kernel of 17 is too large for an image of 3x8x9, which is mirrored at its edges",
        () -> blur.apply(image.crop(0, 0, 8, 9), new Draws(0.0)));
  }

  @Test
  void jitterChangesInRandomOrderByRandomFactors() {
    ColorJitter jitter = new ColorJitter(0.4, 0.5, 0.6, 0.1);
    // Places 3, 2, 1 swapped with 3, 2, 1: the order of the definition.
    Image inOrder = jitter.apply(colorful(), new Draws(0.99, 0.99, 0.99, 0.0, 0.5, 0.75, 1.0));
    Image expected = Colors.brightness(colorful(), 0.6);
    expected = Colors.contrast(expected, 1);
    expected = Colors.saturation(expected, 1.3);
    expected = Colors.hue(expected, 0.1);
    assertEquals(expected, inOrder);
    // 3 with 0, then 2 with 0, then 1 with 0: 3, 1, 2, 0 -> 2, 1, 3, 0 -> 1, 2, 3, 0.
    Image other = jitter.apply(colorful(), new Draws(0.0, 0.0, 0.0, 0.0, 0.0, 0.75, 0.0));
    expected = Colors.contrast(colorful(), 0.5);
    expected = Colors.saturation(expected, 1.3);
    expected = Colors.hue(expected, -0.1);
    expected = Colors.brightness(expected, 0.6);
    assertEquals(expected, other);
    // A strength beyond 1 does not make factors negative.
    Image black = new ColorJitter(3, 0, 0, 0).apply(colorful(), new Draws(0, 0, 0, 0, 0, 0, 0));
    assertEquals(Set.of(0), values(black));
  }

  @Test
  void stepsAreDoneWithTheirProbability() {
    Randomly gray = new Randomly(0.2, Augmentations.GRAY);
    int done = 0;
    for (int i = 0; i < 2000; i++) {
      Image result = gray.apply(colorful(), SplitMix64.member(7, i));
      done += result.equals(colorful()) ? 0 : 1;
    }
    assertEquals(400, done, 60);
    Image image = colorful();
    assertSame(image, new Randomly(0, Augmentations.GRAY).apply(image, new Draws(0.0)));
  }

  @Test
  void grayImagesGetThreeChannels() {
    Image gray = Image.of(1, 2, 3, new byte[] {1, 2, 3, 4, 5, (byte) 255});
    Image rgb = Augmentations.RGB.apply(gray, null);
    assertEquals("3x2x3", rgb.toString());
    assertArrayEquals(new int[] {4, 5, 255}, row(rgb, 0, 1));
    assertArrayEquals(new int[] {4, 5, 255}, row(rgb, 2, 1));
    Image colors = colorful();
    assertSame(colors, Augmentations.RGB.apply(colors, null));
    assertMessage(
        "color changes need images of 3 channels, got 1x2x3; use Augmentations.RGB",
        () -> Augmentations.GRAY.apply(gray, null));
  }

  @ParameterizedTest
  @CsvSource({"9", "64", "224"})
  void theChainGivesAnySize(int size) {
    Augmentation chain = Augmentations.fewShotTrain(size);
    Image first = chain.apply(colorful(), SplitMix64.member(1, 1));
    assertEquals("3x%dx%d".formatted(size, size), first.toString());
    assertEquals(first, chain.apply(colorful(), SplitMix64.member(1, 1)));
    assertNotEquals(first, chain.apply(colorful(), SplitMix64.member(1, 2)));
  }

  @Test
  void batchesDependOnTheSeedAndNotOnTheNumberOfThreads() {
    List<DataSet> one = batches(1, 5);
    assertEquals(one, batches(3, 5));
    assertNotEquals(one, batches(1, 6));
  }

  private static List<DataSet> batches(int threads, long seed) {
    List<DataSet> batches = new ArrayList<>();
    try (BatchIterator iterator =
        BatchIterator.builder(new SyntheticShapes(1, 30, 1).generate().train())
            .batchSize(4)
            .shuffle(seed)
            .augment(Augmentations.fewShotTrain(24), seed)
            .normalization(Normalization.IMAGENET)
            .threads(threads)
            .build()) {
      iterator.forEachRemaining(batches::add);
    }
    return batches;
  }

  @Test
  void rangesAreChecked() {
    assertMessage("the kernel size must be odd, got 4", () -> new GaussianBlur(4, 1, 1));
    assertMessage(
        "sigmas must be positive and in ascending order, got 2.0 and 1.0",
        () -> new GaussianBlur(3, 2, 1));
    assertMessage("hue must be from 0 to 0.5, got 0.6", () -> new ColorJitter(0, 0, 0, 0.6));
    assertMessage(
        "brightness, contrast, and saturation must be at least 0, got -1.0",
        () -> new ColorJitter(0, -1, 0, 0));
    assertMessage(
        "the probability must be from 0 to 1, got NaN",
        () -> new Randomly(Double.NaN, Augmentations.NONE));
  }

  private static void assertMessage(String expected, Runnable action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertEquals(expected, message);
  }

  private static Set<Integer> values(Image image) {
    Set<Integer> values = new TreeSet<>();
    for (byte value : image.pixels()) {
      values.add(value & 0xff);
    }
    return values;
  }

  private static long crc(Image image) {
    CRC32 crc = new CRC32();
    crc.update(image.pixels());
    return crc.getValue();
  }

  /** Colors of all kinds; the first row is gray, the second has two equal channels. */
  private static Image colorful() {
    byte[] pixels = new byte[3 * HEIGHT * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * i * 31 + i * 17 + (i >> 5) * 7);
    }
    int plane = HEIGHT * WIDTH;
    System.arraycopy(pixels, 0, pixels, plane, 2 * WIDTH);
    System.arraycopy(pixels, 0, pixels, 2 * plane, WIDTH);
    Image image = Image.of(3, HEIGHT, WIDTH, pixels);
    assertTrue(crc(image) == 359668314, "not the image that the digests are of");
    return image;
  }

  /** Gives the numbers it is told. */
  private static final class Draws implements RandomGenerator {
    private final Deque<Double> numbers = new ArrayDeque<>();

    Draws(double... numbers) {
      Arrays.stream(numbers).forEach(this.numbers::add);
    }

    @Override
    public long nextLong() {
      throw new AssertionError("no such draw");
    }

    @Override
    public double nextDouble() {
      return numbers.remove();
    }

    @Override
    public int nextInt(int bound) {
      return (int) (numbers.remove() * bound);
    }
  }
}
