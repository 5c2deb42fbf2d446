// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * Crops a square from the center; a smaller image is padded with black. Not random.
 *
 * @param size rows and columns of the result, at least 1
 */
public record CenterCrop(int size) implements Augmentation {

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public CenterCrop {
    if (size < 1) {
      throw new IllegalArgumentException("a crop needs at least 1 row, got " + size);
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    return image.crop(
        Math.floorDiv(image.height() - size, 2),
        Math.floorDiv(image.width() - size, 2),
        size,
        size);
  }
}
