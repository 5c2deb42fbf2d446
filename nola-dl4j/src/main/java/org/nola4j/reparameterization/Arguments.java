// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

/** Argument checks that name the method, the field and the value. */
final class Arguments {
  private Arguments() {}

  static void positive(String method, String field, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          method + ": " + field + " must be at least 1, but is " + value);
    }
  }

  /** Weights are float32: values outside its range make them zero or infinite. */
  static void positive(String method, String field, double value) {
    if (!(value >= Float.MIN_VALUE && value <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          method
              + ": "
              + field
              + " must be a positive number in the range of float32, but is "
              + value);
    }
  }

  static <T> T given(String method, String field, T value) {
    if (value == null) {
      throw new IllegalArgumentException(method + ": " + field + " must be given");
    }
    return value;
  }

  static void rankFits(String method, int rank, WeightShape shape) {
    int most = Math.max(shape.rows(), shape.columns());
    if (rank > most) {
      throw new IllegalArgumentException(
          method
              + ": rank must be at most "
              + most
              + " for a weight of "
              + shape
              + ", but is "
              + rank);
    }
  }

  /** Variance of a weight in PyTorch's default initialization, U(-1, 1) * gain / sqrt(fanIn). */
  static double variance(double gain, WeightShape shape) {
    return gain * gain / (3.0 * shape.fanIn());
  }
}
