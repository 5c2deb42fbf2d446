// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.knn;

/** A distance. */
public enum Metric {
  /** The angle between two vectors; a zero vector is orthogonal to all others. */
  COSINE {
    @Override
    double distance(double product, double square, double otherSquare) {
      double lengths = Math.sqrt(square) * Math.sqrt(otherSquare);
      return lengths == 0 ? 0 : -product / lengths;
    }
  },
  /** The length of the difference. */
  EUCLIDEAN {
    @Override
    double distance(double product, double square, double otherSquare) {
      return Math.sqrt(Math.max(0, square + otherSquare - 2 * product));
    }
  };

  /**
   * The distance of two vectors, up to a monotonic function.
   *
   * @param product their inner product
   * @param square inner product of the first with itself
   * @param otherSquare inner product of the second with itself
   */
  abstract double distance(double product, double square, double otherSquare);
}
