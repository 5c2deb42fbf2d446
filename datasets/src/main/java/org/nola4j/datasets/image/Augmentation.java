// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * A step between a decoded image and a network, such as a crop, flip, or resize. It is a pure
 * function of its two arguments: threads may share it, and equal random numbers give equal bits.
 * {@link Augmentations} has the usual chains.
 */
@FunctionalInterface
public interface Augmentation {
  /**
   * Returns a changed image.
   *
   * @param image the image, which is not modified
   * @param random the only source of randomness; a step that is not random draws nothing
   * @return the result, possibly of another size, possibly {@code image} itself
   */
  Image apply(Image image, RandomGenerator random);

  /**
   * Returns this step followed by another, which draws from the same random numbers.
   *
   * @param next the second step
   * @return both steps as one
   */
  default Augmentation then(Augmentation next) {
    return (image, random) -> next.apply(apply(image, random), random);
  }
}
