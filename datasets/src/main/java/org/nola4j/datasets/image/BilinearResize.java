// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.Arrays;

/**
 * Bilinear resizing with a filter that widens as the image shrinks, which avoids aliasing in small
 * results: what Pillow, and so torchvision, calls bilinear. Columns come first, then rows, both in
 * 22-bit fixed point with bytes in between, so the result is bit-identical everywhere.
 */
final class BilinearResize {
  private static final int PRECISION_BITS = 22;
  private static final int HALF = 1 << (PRECISION_BITS - 1);

  private BilinearResize() {}

  /** Returns the image at another size, or the image itself if it has that size. */
  static Image resize(Image image, int height, int width) {
    byte[] pixels = image.sharedPixels();
    int rows = image.channels() * image.height();
    if (width != image.width()) {
      pixels = resizeColumns(pixels, rows, image.width(), width);
    }
    if (height != image.height()) {
      pixels = resizeRows(pixels, image.channels(), image.height(), height, width);
    }
    return pixels == image.sharedPixels()
        ? image
        : Image.owning(image.channels(), height, width, pixels);
  }

  private static byte[] resizeColumns(byte[] from, int rows, int fromWidth, int width) {
    Filter filter = new Filter(fromWidth, width);
    byte[] to = new byte[Math.multiplyExact(rows, width)];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < width; column++) {
        int[] weights = filter.weights[column];
        int at = row * fromWidth + filter.first[column];
        int sum = HALF;
        for (int weight : weights) {
          sum += weight * (from[at++] & 0xff);
        }
        to[row * width + column] = toByte(sum);
      }
    }
    return to;
  }

  private static byte[] resizeRows(
      byte[] from, int channels, int fromHeight, int height, int width) {
    Filter filter = new Filter(fromHeight, height);
    byte[] to = new byte[Math.multiplyExact(channels * height, width)];
    int[] sums = new int[width];
    for (int channel = 0; channel < channels; channel++) {
      for (int row = 0; row < height; row++) {
        Arrays.fill(sums, HALF);
        int at = (channel * fromHeight + filter.first[row]) * width;
        for (int weight : filter.weights[row]) {
          for (int column = 0; column < width; column++) {
            sums[column] += weight * (from[at++] & 0xff);
          }
        }
        int target = (channel * height + row) * width;
        for (int column = 0; column < width; column++) {
          to[target + column] = toByte(sums[column]);
        }
      }
    }
    return to;
  }

  /** Rounded weights may take a sum slightly out of the range of bytes. */
  private static byte toByte(int sum) {
    return (byte) Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
  }

  /** For each pixel of the result, the first pixel it is made of and the weights from there on. */
  private static final class Filter {
    private final int[] first;
    private final int[][] weights;

    Filter(int from, int to) {
      first = new int[to];
      weights = new int[to][];
      double scale = (double) from / to;
      double support = Math.max(scale, 1);
      for (int i = 0; i < to; i++) {
        double center = (i + 0.5) * scale;
        int begin = (int) Math.max(center - support + 0.5, 0);
        int end = (int) Math.min(center + support + 0.5, from);
        first[i] = begin;
        weights[i] = triangle(begin, end, center, support);
      }
    }

    private static int[] triangle(int begin, int end, double center, double support) {
      double[] heights = new double[end - begin];
      double sum = 0;
      for (int j = 0; j < heights.length; j++) {
        heights[j] = Math.max(1 - Math.abs((j + begin - center + 0.5) / support), 0);
        sum += heights[j];
      }
      int[] fixed = new int[heights.length];
      for (int j = 0; j < fixed.length; j++) {
        fixed[j] = (int) (0.5 + heights[j] / sum * (1 << PRECISION_BITS));
      }
      return fixed;
    }
  }
}
