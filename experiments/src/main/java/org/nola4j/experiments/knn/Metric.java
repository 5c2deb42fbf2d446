// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.knn;

/** What "near" means. */
public enum Metric {
  /** The angle between two vectors; a vector of zeros is at right angles to all. */
  COSINE {
    @Override
    double distance(double product, double square, double otherSquare) {
      double lengths = Math.sqrt(square) * Math.sqrt(otherSquare);
      return lengths == 0 ? 0 : -product / lengths;
    }
  },
  /** The length of their difference. */
  EUCLIDEAN {
    @Override
    double distance(double product, double square, double otherSquare) {
      return Math.sqrt(Math.max(0, square + otherSquare - 2 * product));
    }
  };

  /**
   * How far two vectors are apart; smaller is nearer.
   *
   * @param product their inner product
   * @param square that of the one with itself
   * @param otherSquare that of the other with itself
   */
  abstract double distance(double product, double square, double otherSquare);
}
