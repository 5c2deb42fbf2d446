// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * A step between a decoded image and a network: crop, flip, resize. A pure function of its two
 * arguments, without state, so that any number of threads may share it and equal random streams
 * give equal bits. {@link Augmentations} has the usual chains.
 */
@FunctionalInterface
public interface Augmentation {
  /**
   * Makes a changed image.
   *
   * @param image what to change; stays as it is
   * @param random all that is random in it; a step that is not random draws nothing
   * @return the result, perhaps of another size, perhaps {@code image} itself
   */
  Image apply(Image image, RandomGenerator random);

  /**
   * This step and then another one, which draws from the same random stream.
   *
   * @param next the later step
   * @return both as one
   */
  default Augmentation then(Augmentation next) {
    return (image, random) -> next.apply(apply(image, random), random);
  }
}
