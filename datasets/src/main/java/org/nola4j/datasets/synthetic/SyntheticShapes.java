// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.synthetic;

import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.random.SplitMix64;

/**
 * A generated stand-in for CIFAR-10, {@code synthetic-shapes}: color images, 3x32x32, ten classes,
 * for a first run of convolutional networks without files. Results show that the code works, not
 * how good a method is, so {@link ImageSetInfo#standIn()} is true.
 *
 * <p>Each image shows one shape with random colors, position, size, and slant over a random noisy
 * background. Classes 0 to 4 are a plain disc, ring, square, triangle, and cross; classes 5 to 9
 * are the same shapes with stripes. So a class is recognized by shape and texture only. Image i of
 * a split depends only on seed, split, and i, is bit-identical on every machine, and has label
 * {@code i mod 10}; so the first n images do not depend on the size of the set.
 *
 * @param seed determines all images
 * @param trainImages number of training images, at least 1
 * @param testImages number of test images, at least 1
 */
public record SyntheticShapes(long seed, int trainImages, int testImages) {
  /** The name of the set. */
  public static final String NAME = "synthetic-shapes";

  public static final int CLASSES = ShapeRenderer.KINDS.size();

  private static final int SIZE = 32;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public SyntheticShapes {
    if (trainImages < 1 || testImages < 1) {
      throw new IllegalArgumentException(
          "need at least 1 training and 1 test image, got %d and %d"
              .formatted(trainImages, testImages));
    }
  }

  /** The set that the name alone stands for: 4,000 training and 1,000 test images. */
  public static SyntheticShapes standard() {
    return new SyntheticShapes(1, 4_000, 1_000);
  }

  /** Draws all images; takes less than a second for the standard set. */
  public ImageSplits<LabeledImages> generate() {
    return new ImageSplits<>(draw("train", trainImages, 0), draw("test", testImages, 1));
  }

  private LabeledImages draw(String split, int count, int parity) {
    byte[] pixels = new byte[Math.multiplyExact(count, 3 * SIZE * SIZE)];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % CLASSES;
      // Training images have even indices in the family of random numbers, test images odd ones.
      SplitMix64 random = SplitMix64.member(seed, 2L * i + parity);
      byte[] image = new ShapeRenderer(SIZE, random).draw(labels[i]);
      System.arraycopy(image, 0, pixels, i * image.length, image.length);
    }
    ImageSetInfo info =
        new ImageSetInfo(NAME, split, 3, SIZE, SIZE, CLASSES, true, ShapeRenderer.KINDS, "");
    return LabeledImages.owning(info, pixels, labels);
  }
}
