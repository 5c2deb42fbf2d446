// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * Shifts an image at random: pads it with black pixels (byte 0, before normalization) and crops a
 * rectangle of the original size, every position equally likely. Draws two numbers.
 *
 * @param padding number of pixels on each side, at least 0
 */
public record PaddedCrop(int padding) implements Augmentation {

  /**
   * Checks the padding.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public PaddedCrop {
    if (padding < 0) {
      throw new IllegalArgumentException("the padding must be at least 0, got " + padding);
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    int top = random.nextInt(2 * padding + 1) - padding;
    int left = random.nextInt(2 * padding + 1) - padding;
    return image.crop(top, left, image.height(), image.width());
  }
}
