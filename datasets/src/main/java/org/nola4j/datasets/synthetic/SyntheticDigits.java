// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.synthetic;

import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.random.SplitMix64;

/**
 * A generated stand-in for MNIST, {@code synthetic-digits}: images of pen strokes that look like
 * digits, 1x28x28, ten classes, for a first run without any files. Results on it say that code
 * works, not how good a method is; so {@link ImageSetInfo#standIn()} is true.
 *
 * <p>Every image is one digit's strokes, bent, scaled, rotated, sheared and shifted at random,
 * drawn with a pen of random width and pressure, over noise. Image i of a split is a function of
 * (seed, split, i) only, to the last bit on every machine, and has label {@code i mod 10}; so the
 * first n images are the same whatever the size of the set.
 *
 * @param seed decides all images
 * @param trainImages number of images to train on, at least 1
 * @param testImages number of images to test on, at least 1
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
          "need at least 1 image to train and to test on, got %d and %d"
              .formatted(trainImages, testImages));
    }
  }

  /** The set that is meant where only its name is given: 12,000 train and 2,000 test images. */
  public static SyntheticDigits standard() {
    return new SyntheticDigits(1, 12_000, 2_000);
  }

  /** Draws all images: under a second for the standard set. */
  public ImageSplits<LabeledImages> generate() {
    return new ImageSplits<>(draw("train", trainImages, 0), draw("test", testImages, 1));
  }

  private LabeledImages draw(String split, int count, int parity) {
    byte[] pixels = new byte[Math.multiplyExact(count, SIZE * SIZE)];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % CLASSES;
      // Train images are the even members of the family, test images the odd ones.
      SplitMix64 random = SplitMix64.member(seed, 2L * i + parity);
      byte[] image = new DigitRenderer(SIZE, random).draw(labels[i]);
      System.arraycopy(image, 0, pixels, i * image.length, image.length);
    }
    return LabeledImages.owning(
        new ImageSetInfo(NAME, split, 1, SIZE, SIZE, CLASSES, true), pixels, labels);
  }
}
