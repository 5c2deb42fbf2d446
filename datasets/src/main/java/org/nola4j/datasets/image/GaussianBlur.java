// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Blurs an image with a Gaussian of random width, like torchvision's {@code GaussianBlur}: a
 * normalized kernel {@code exp(-x^2 / 2 sigma^2)} of odd length along rows and columns. The image
 * is mirrored at its edges without repeating the edge, and results are rounded to bytes, halves to
 * even. Draws one number: sigma, uniform. Takes two multiplications per kernel element and value.
 *
 * @param kernelSize length of the kernel in pixels, odd; half of it must be less than the image's
 *     sides
 * @param minSigma the smallest standard deviation in pixels, positive
 * @param maxSigma the largest standard deviation
 */
public record GaussianBlur(int kernelSize, double minSigma, double maxSigma)
    implements Augmentation {

  /**
   * Checks the kernel and the range.
   *
   * @throws IllegalArgumentException if the kernel length is even or not positive, or the range is
   *     empty or not positive
   */
  public GaussianBlur {
    if (kernelSize < 1 || kernelSize % 2 == 0) {
      throw new IllegalArgumentException("the kernel size must be odd, got " + kernelSize);
    }
    if (!(minSigma > 0 && minSigma <= maxSigma && maxSigma < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "sigmas must be positive and in ascending order, got %s and %s"
              .formatted(minSigma, maxSigma));
    }
  }

  @Override
  public Image apply(Image image, RandomGenerator random) {
    return blur(image, kernel(minSigma + (maxSigma - minSigma) * random.nextDouble()));
  }

  private float[] kernel(double sigma) {
    float[] kernel = new float[kernelSize];
    double sum = 0;
    for (int i = 0; i < kernelSize; i++) {
      double x = (i - kernelSize / 2) / sigma;
      kernel[i] = (float) StrictMath.exp(-0.5 * x * x);
      sum += kernel[i];
    }
    for (int i = 0; i < kernelSize; i++) {
      kernel[i] = (float) (kernel[i] / sum);
    }
    return kernel;
  }

  private static Image blur(Image image, float[] kernel) {
    int radius = kernel.length / 2;
    int height = image.height();
    int width = image.width();
    if (radius >= Math.min(height, width)) {
      throw new IllegalArgumentException(
          "a kernel of %d is too large for an image of %s, which is mirrored at its edges"
              .formatted(kernel.length, image));
    }
    byte[] from = image.sharedPixels();
    byte[] to = new byte[from.length];
    float[] rows = new float[height * width];
    for (int plane = 0; plane < from.length; plane += height * width) {
      blurRows(from, plane, rows, width, kernel);
      blurColumns(rows, to, plane, height, width, kernel);
    }
    return Image.owning(image.channels(), height, width, to);
  }

  private static void blurRows(byte[] from, int plane, float[] rows, int width, float[] kernel) {
    int radius = kernel.length / 2;
    float[] line = new float[width + 2 * radius];
    for (int row = 0; row < rows.length; row += width) {
      for (int i = 0; i < line.length; i++) {
        line[i] = from[plane + row + mirrored(i - radius, width)] & 0xff;
      }
      for (int tap = 0; tap < kernel.length; tap++) {
        float weight = kernel[tap];
        for (int column = 0; column < width; column++) {
          float before = tap == 0 ? 0 : rows[row + column];
          rows[row + column] = before + weight * line[column + tap];
        }
      }
    }
  }

  private static void blurColumns(
      float[] rows, byte[] to, int plane, int height, int width, float[] kernel) {
    int radius = kernel.length / 2;
    float[] sums = new float[width];
    for (int row = 0; row < height; row++) {
      Arrays.fill(sums, 0);
      for (int tap = 0; tap < kernel.length; tap++) {
        int line = mirrored(row + tap - radius, height) * width;
        float weight = kernel[tap];
        for (int column = 0; column < width; column++) {
          sums[column] += weight * rows[line + column];
        }
      }
      for (int column = 0; column < width; column++) {
        to[plane + row * width + column] = (byte) Math.min((int) Math.rint(sums[column]), 255);
      }
    }
  }

  /** The index inside the image that an index beyond an edge stands for. */
  private static int mirrored(int index, int length) {
    int from0 = Math.abs(index);
    return from0 < length ? from0 : 2 * (length - 1) - from0;
  }
}
