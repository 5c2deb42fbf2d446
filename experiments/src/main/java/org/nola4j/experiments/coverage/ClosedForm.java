package org.nola4j.experiments.coverage;

import java.util.stream.LongStream;

/** The dimension of the space that a method's d x d weights span, for bases in general position. */
final class ClosedForm {
  private ClosedForm() {}

  /** PRANC: one dimension a basis vector. */
  static long pranc(int d, int n) {
    return Math.min(n, (long) d * d);
  }

  /**
   * NOLA: one dimension for each product A_i B_j, as far as there are so many independent ones.
   *
   * <p>Exact where k and l differ by at most one, as they do in figure 2. Otherwise an upper bound
   * that can be missed by a few dimensions near saturation for r = 2: with d = 14, k = 19, l = 10
   * it is 190, the dimension 188. What is missing is the generic dimension of Ext between two
   * representations of the quiver of r parallel arrows, of dimensions (l, d) and (d r - k, d)
   * (Schofield, <i>General representations of quivers</i>, 1992), which is zero elsewhere.
   */
  static long nola(int d, int r, int k, int l) {
    long matrices = (long) d * r;
    return LongStream.of(
            Math.min(k, matrices) * Math.min(l, matrices),
            d * Math.min((long) k * r, d),
            d * Math.min((long) l * r, d),
            (long) d * d)
        .min()
        .getAsLong();
  }
}
