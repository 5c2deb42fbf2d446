// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * Does a step to some images and leaves the others. Draws one number, and then those of the step if
 * it is done.
 *
 * @param probability that it is done, from 0, never, to 1, always
 * @param step what is done then
 */
public record Randomly(double probability, Augmentation step) implements Augmentation {

  /**
   * Checks the probability.
   *
   * @throws IllegalArgumentException if it is not from 0 to 1
   */
  public Randomly {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("a probability is from 0 to 1, got " + probability);
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    return random.nextDouble() < probability ? step.apply(image, random) : image;
  }
}
