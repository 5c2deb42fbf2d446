// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

/**
 * The distribution of a basis' elements, before the basis' scale.
 *
 * <p>Under {@link #UNIFORM} and {@link #SIGN} ({@code docs/basis-v1.md}) all elements are
 * independent, as far as the statistical tests of this package can tell, and {@code k} vectors cost
 * {@code k} operations per element. Under the structured distributions {@link #HADAMARD} and {@link
 * #ONE_HOT} ({@code docs/basis-v2.md}) the vectors depend on each other and on their number, and
 * cost {@code log2 k} operations per element or one. All distributions but {@link #SIGN} have the
 * same variance, so initial values carry over; a learning rate does not always.
 *
 * <p>Files and configurations call it {@code law}.
 */
public enum Distribution {
  /**
   * Odd multiples of 2^-15 in (-1, 1), all 32,768 of them equally likely; variance (1 - 2^-30) / 3.
   */
  UNIFORM(1, (1.0 - 0x1p-30) / 3.0),

  /**
   * -1 or +1, equally likely; variance 1. One hash word serves 27 vectors, so it is cheaper than
   * UNIFORM.
   */
  SIGN(27, 1.0),

  /**
   * -q or +q, equally likely, with q = sqrt(1/3) rounded; variance 1/3. K consecutive elements,
   * with K the number of vectors rounded up to a power of two, are a random rotation of the
   * coefficients: D H S c with the Walsh-Hadamard matrix H and fresh random signs D and S. Within
   * such a block different vectors are orthogonal, not only uncorrelated.
   */
  HADAMARD(0, 1.0 / 3.0),

  /**
   * Each element takes one of the {@code count} vectors at random, where it is sqrt(count / 3) with
   * a random sign; it is 0 in all others. Variance 1/3.
   */
  ONE_HOT(0, 1.0 / 3.0);

  private final int vectorsPerKey;
  private final double variance;

  Distribution(int vectorsPerKey, double variance) {
    this.vectorsPerKey = vectorsPerKey;
    this.variance = variance;
  }

  /** The variance of one element. */
  public double variance() {
    return variance;
  }

  /** Whether vectors depend on each other, so that {@code docs/basis-v2.md} specifies them. */
  public boolean isStructured() {
    return vectorsPerKey == 0;
  }

  /**
   * Number of consecutive basis vectors that take their elements from one stream of hash words; 0
   * if structured.
   */
  int vectorsPerKey() {
    return vectorsPerKey;
  }
}
