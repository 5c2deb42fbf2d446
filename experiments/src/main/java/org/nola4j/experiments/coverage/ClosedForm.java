// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

/**
 * The dimension of the space spanned by a method's d x d weights, for bases in general position.
 */
final class ClosedForm {
  private ClosedForm() {}

  /** PRANC: one dimension per basis vector. */
  static long pranc(int d, int n) {
    return Math.min(n, (long) d * d);
  }

  /**
   * NOLA: one dimension for each product A_i B_j of independent A_i and independent B_j.
   *
   * <p>Exact if k and l differ by at most one, as in figure 2. Otherwise it is an upper bound,
   * which may be a few dimensions too high near saturation for r = 2: for d = 14, k = 19, l = 10 it
   * is 190, but the dimension is 188. The difference is the generic dimension of Ext between two
   * representations of the quiver of r parallel arrows, of dimensions (l, d) and (d r - k, d)
   * (Schofield, <i>General representations of quivers</i>, 1992), which has been zero for every
   * other r tried.
   */
  static long nola(int d, int r, int k, int l) {
    long matrices = (long) d * r;
    return Math.min(Math.min(k, matrices) * Math.min(l, matrices), (long) d * d);
  }
}
