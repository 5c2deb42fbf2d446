// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * Resizes an image with bilinear interpolation to a given length of its shorter side; the longer
 * side keeps the aspect ratio, rounded down. Not random.
 *
 * @param length length of the result's shorter side in pixels, at least 1
 */
public record ResizedShorterSide(int length) implements Augmentation {

  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResizedShorterSide {
    if (length < 1) {
      throw new IllegalArgumentException("a side needs at least 1 pixel, got " + length);
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    long shorter = Math.min(image.height(), image.width());
    int height = Math.toIntExact(image.height() * (long) length / shorter);
    int width = Math.toIntExact(image.width() * (long) length / shorter);
    return BilinearResize.resize(image, height, width);
  }
}
