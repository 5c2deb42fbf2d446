// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.synthetic;

import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.random.SplitMix64;

/**
 * A generated stand-in for MNIST, {@code synthetic-digits}: images of pen strokes that look like
 * digits, 1x28x28, ten classes, for a first run without files. Results show that the code works,
 * not how good a method is, so {@link ImageSetInfo#standIn()} is true.
 *
 * <p>Each image shows the strokes of one digit, bent, scaled, rotated, sheared, and shifted at
 * random, drawn with a pen of random width and pressure over noise. Image i of a split depends only
 * on seed, split, and i, is bit-identical on every machine, and has label {@code i mod 10}; so the
 * first n images do not depend on the size of the set.
 *
 * @param seed determines all images
 * @param trainImages number of training images, at least 1
 * @param testImages number of test images, at least 1
 */
public record SyntheticDigits(long seed, int trainImages, int testImages) {
  /** The name of the set. */
  public static final String NAME = "synthetic-digits";

  private static final int SIZE = 28;
  public static final int CLASSES = 10;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public SyntheticDigits {
    if (trainImages < 1 || testImages < 1) {
      throw new IllegalArgumentException(
          "need at least 1 training and 1 test image, got %d and %d"
              .formatted(trainImages, testImages));
    }
  }

  /** The set that the name alone stands for: 12,000 training and 2,000 test images. */
  public static SyntheticDigits standard() {
    return new SyntheticDigits(1, 12_000, 2_000);
  }

  /** Draws all images; takes less than a second for the standard set. */
  public ImageSplits<LabeledImages> generate() {
    return new ImageSplits<>(draw("train", trainImages, 0), draw("test", testImages, 1));
  }

  private LabeledImages draw(String split, int count, int parity) {
    byte[] pixels = new byte[Math.multiplyExact(count, SIZE * SIZE)];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % CLASSES;
      // Training images have even indices in the family of random numbers, test images odd ones.
      SplitMix64 random = SplitMix64.member(seed, 2L * i + parity);
      byte[] image = new DigitRenderer(SIZE, random).draw(labels[i]);
      System.arraycopy(image, 0, pixels, i * image.length, image.length);
    }
    return LabeledImages.owning(
        new ImageSetInfo(NAME, split, 1, SIZE, SIZE, CLASSES, true), pixels, labels);
  }
}
