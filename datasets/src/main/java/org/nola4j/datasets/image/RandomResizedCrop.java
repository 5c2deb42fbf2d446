// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.random.RandomGenerator;

/**
 * Crops a rectangle of random area and aspect ratio and resizes it to a square with bilinear
 * interpolation: C. Szegedy et al., <i>Going deeper with convolutions</i>, CVPR 2015, as
 * implemented in torchvision. The area and the logarithm of the aspect ratio (width over height)
 * are drawn uniformly; the first of ten draws that fits is used, at a random position. If none
 * fits, the largest centered rectangle with an allowed aspect ratio is used.
 *
 * @param size rows and columns of the result, at least 1
 * @param minArea the smallest fraction of the image's area, positive
 * @param maxArea the largest fraction, at most 1
 * @param minAspect the smallest aspect ratio, positive
 * @param maxAspect the largest aspect ratio
 */
public record RandomResizedCrop(
    int size, double minArea, double maxArea, double minAspect, double maxAspect)
    implements Augmentation {
  private static final int TRIES = 10;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the size is not positive or a range is empty or not allowed
   */
  public RandomResizedCrop {
    if (size < 1) {
      throw new IllegalArgumentException("a crop needs at least 1 row, got " + size);
    }
    if (!(minArea > 0 && minArea <= maxArea && maxArea <= 1)) {
      throw new IllegalArgumentException(
          "areas must be above 0, at most 1, and in ascending order, got %s and %s"
              .formatted(minArea, maxArea));
    }
    if (!(minAspect > 0 && minAspect <= maxAspect && maxAspect < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "aspect ratios must be positive and in ascending order, got %s and %s"
              .formatted(minAspect, maxAspect));
    }
  }

  /**
   * The crop of ImageNet training: area 0.08 to 1, aspect ratio 3/4 to 4/3.
   *
   * @param size rows and columns of the result, usually 224
   * @return the step
   */
  public static RandomResizedCrop standard(int size) {
    return new RandomResizedCrop(size, 0.08, 1, 3.0 / 4, 4.0 / 3);
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    return BilinearResize.resize(cut(image, random), size, size);
  }

  private Image cut(Image image, RandomGenerator random) {
    double area = (double) image.height() * image.width();
    for (int i = 0; i < TRIES; i++) {
      double target = area * (minArea + (maxArea - minArea) * random.nextDouble());
      double low = StrictMath.log(minAspect);
      double high = StrictMath.log(maxAspect);
      double aspect = StrictMath.exp(low + (high - low) * random.nextDouble());
      long width = Math.round(Math.sqrt(target * aspect));
      long height = Math.round(Math.sqrt(target / aspect));
      if (width >= 1 && width <= image.width() && height >= 1 && height <= image.height()) {
        int top = random.nextInt(image.height() - (int) height + 1);
        int left = random.nextInt(image.width() - (int) width + 1);
        return image.crop(top, left, (int) height, (int) width);
      }
    }
    return largest(image);
  }

  private Image largest(Image image) {
    double aspect = (double) image.width() / image.height();
    int width = image.width();
    int height = image.height();
    if (aspect < minAspect) {
      height = (int) Math.max(1, Math.min(height, Math.round(width / minAspect)));
    } else if (aspect > maxAspect) {
      width = (int) Math.max(1, Math.min(width, Math.round(height * maxAspect)));
    }
    return image.crop((image.height() - height) / 2, (image.width() - width) / 2, height, width);
  }
}
