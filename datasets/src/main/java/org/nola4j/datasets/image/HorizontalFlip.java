// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * Flips an image left to right with some probability. Draws one number.
 *
 * @param probability from 0 (never) to 1 (always)
 */
public record HorizontalFlip(double probability) implements Augmentation {
  /** Flips half of the images, at random. */
  public static final HorizontalFlip RANDOM = new HorizontalFlip(0.5);

  /**
   * Checks the probability.
   *
   * @throws IllegalArgumentException if it is not between 0 and 1
   */
  public HorizontalFlip {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("the probability must be from 0 to 1, got " + probability);
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    return random.nextDouble() < probability ? image.flipped() : image;
  }
}
