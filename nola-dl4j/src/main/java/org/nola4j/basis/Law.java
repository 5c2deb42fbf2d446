package org.nola4j.basis;

/**
 * The distribution of a basis' elements, before the basis' scale.
 *
 * <p>Both laws are symmetric about zero and independent from element to element and from vector to
 * vector, as far as the statistical tests of this package can tell.
 */
public enum Law {
  /**
   * Odd multiples of 2^-15 in (-1, 1), all 32,768 of them equally likely; variance (1 - 2^-30) / 3.
   */
  UNIFORM(1, (1.0 - 0x1p-30) / 3.0),

  /**
   * -1 or +1, equally likely; variance 1. One hash word serves 27 vectors, so it is the cheaper
   * law.
   */
  SIGN(27, 1.0);

  private final int vectorsPerKey;
  private final double variance;

  Law(int vectorsPerKey, double variance) {
    this.vectorsPerKey = vectorsPerKey;
    this.variance = variance;
  }

  /** The variance of one element. */
  public double variance() {
    return variance;
  }

  /** How many consecutive basis vectors take their elements from one stream of hash words. */
  int vectorsPerKey() {
    return vectorsPerKey;
  }
}
