// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

/**
 * The matrix view of a weight.
 *
 * @param rows m; for a dense layer its inputs
 * @param columns n; for a dense layer its outputs
 * @param fanIn inputs that each output sums over, which initial scales depend on; for a dense layer
 *     nIn
 */
public record WeightShape(int rows, int columns, int fanIn) {
  /** Checks that all are positive and the elements fit an array. */
  public WeightShape {
    if (rows < 1 || columns < 1 || fanIn < 1) {
      throw new IllegalArgumentException(
          "a weight needs positive sizes, but rows = "
              + rows
              + ", columns = "
              + columns
              + ", fanIn = "
              + fanIn);
    }
    if ((long) rows * columns > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a weight of " + rows + " x " + columns + " has too many elements");
    }
  }

  /** m * n. */
  public int elements() {
    return rows * columns;
  }

  @Override
  public String toString() {
    return rows + " x " + columns;
  }
}
