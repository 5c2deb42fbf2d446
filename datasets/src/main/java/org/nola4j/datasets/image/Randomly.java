// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * Applies a step to some images at random. Draws one number, and then those of the step if it is
 * applied.
 *
 * @param probability from 0 (never) to 1 (always)
 * @param step the step
 */
public record Randomly(double probability, Augmentation step) implements Augmentation {

  /**
   * Checks the probability.
   *
   * @throws IllegalArgumentException if it is not between 0 and 1
   */
  public Randomly {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("the probability must be from 0 to 1, got " + probability);
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    return random.nextDouble() < probability ? step.apply(image, random) : image;
  }
}
