// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

/**
 * Resizes learned positions for another image size, like timm's {@code resample_abs_pos_embed}:
 * positions of patches are resized like an image with {@code width} channels, by PyTorch's bicubic
 * interpolation with antialiasing and without aligned corners; positions of the tokens before them
 * (the class token) do not change.
 *
 * <p>Along each axis, output i is the mean of the inputs around {@code (i + 0.5) * scale}, scale =
 * old size / new size, weighted by Keys' cubic kernel with a = -0.5, stretched by the scale if the
 * grid shrinks. (Without antialiasing PyTorch uses a = -0.75.) Weights are normalized at the
 * borders.
 *
 * <p>Source: PyTorch, {@code aten/src/ATen/native/cpu/UpSampleKernel.cpp}; R. Keys, <i>Cubic
 * convolution interpolation for digital image processing</i>, IEEE TASSP 1981.
 */
final class PositionResampling {
  private static final double A = -0.5;
  private static final double RADIUS = 2;

  private PositionResampling() {}

  /**
   * Resizes positions.
   *
   * @param positions [prefix + from.patches(), width], row-major
   * @param prefix number of tokens before the patches
   * @param width embedding width
   * @return [prefix + to.patches(), width]; the same array if the grids are equal
   */
  static float[] resample(
      float[] positions, int prefix, int width, PositionGrid from, PositionGrid to) {
    if (positions.length != (prefix + from.patches()) * width) {
      throw new IllegalArgumentException(
          "%d numbers are not %d positions of width %d"
              .formatted(positions.length, prefix + from.patches(), width));
    }
    if (from.equals(to)) {
      return positions;
    }
    double[] grid = new double[from.patches() * width];
    for (int i = 0; i < grid.length; i++) {
      grid[i] = positions[prefix * width + i];
    }
    double[] wide = resize(grid, from.height(), from.width(), to.width(), width);
    double[] resized = resize(wide, 1, from.height(), to.height(), to.width() * width);
    float[] result = new float[(prefix + to.patches()) * width];
    System.arraycopy(positions, 0, result, 0, prefix * width);
    for (int i = 0; i < resized.length; i++) {
      result[prefix * width + i] = (float) resized[i];
    }
    return result;
  }

  /** Resizes the middle axis of [outer, from, inner]. */
  private static double[] resize(double[] values, int outer, int from, int to, int inner) {
    double[] resized = new double[outer * to * inner];
    for (int i = 0; i < to; i++) {
      Window window = Window.of(i, from, to);
      for (int o = 0; o < outer; o++) {
        for (int j = 0; j < window.weights.length; j++) {
          int source = (o * from + window.first + j) * inner;
          int target = (o * to + i) * inner;
          for (int k = 0; k < inner; k++) {
            resized[target + k] += window.weights[j] * values[source + k];
          }
        }
      }
    }
    return resized;
  }

  /**
   * The inputs of one output.
   *
   * @param first index of the first input
   * @param weights weights of that input and the following ones; their sum is 1
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Window(int first, double[] weights) {
    static Window of(int output, int from, int to) {
      double scale = (double) from / to;
      double stretch = Math.max(scale, 1);
      double center = scale * (output + 0.5);
      int first = Math.max((int) (center - RADIUS * stretch + 0.5), 0);
      int end = Math.min((int) (center + RADIUS * stretch + 0.5), from);
      double[] weights = new double[end - first];
      double sum = 0;
      for (int j = 0; j < weights.length; j++) {
        weights[j] = cubic((first + j - center + 0.5) / stretch);
        sum += weights[j];
      }
      for (int j = 0; j < weights.length; j++) {
        weights[j] /= sum;
      }
      return new Window(first, weights);
    }
  }

  private static double cubic(double x) {
    double d = Math.abs(x);
    if (d < 1) {
      return ((A + 2) * d - (A + 3)) * d * d + 1;
    }
    return d < RADIUS ? (((d - 5) * d + 8) * d - 4) * A : 0;
  }
}
