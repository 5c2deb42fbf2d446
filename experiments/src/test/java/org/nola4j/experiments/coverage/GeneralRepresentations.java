// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import java.util.HashMap;
import java.util.Map;

/**
 * The exact dimension of NOLA's span for bases in general position, from the theory of quivers.
 *
 * <p>A d x d matrix X is orthogonal to all products A_i B_j exactly if {@code X (x) I_r} maps the
 * l-dimensional span U of the B_j^T, a subspace of R^d (x) R^r, into the (d r - k)-dimensional
 * complement V of the A_i. U and V are representations of the quiver of two vertices and r arrows,
 * of dimensions (l, d) and (d r - k, d), and the X are the homomorphisms from one to the other. So
 * the span has d^2 - hom = d^2 - (euler + ext) = k l - ext dimensions, where Schofield's <i>General
 * representations of quivers</i> (Proc. London Math. Soc., 1992) has a recursion for the generic
 * ext: the largest -euler(s, b) over all general subrepresentations s of a, and s is one of a
 * exactly if ext(s, a - s) is zero.
 */
final class GeneralRepresentations {
  private record Dimension(int source, int sink) {}

  private record Pair(Dimension first, Dimension second) {}

  private final int arrows;
  private final Map<Pair, Long> known = new HashMap<>();

  GeneralRepresentations(int arrows) {
    this.arrows = arrows;
  }

  /** The dimension of the span of A_i B_j with A_i d x r and B_j r x d. */
  long span(int d, int k, int l) {
    int first = Math.min(k, d * arrows);
    int second = Math.min(l, d * arrows);
    Dimension u = new Dimension(second, d);
    Dimension v = new Dimension(d * arrows - first, d);
    return (long) first * second - ext(u, v);
  }

  private long ext(Dimension a, Dimension b) {
    Pair pair = new Pair(a, b);
    Long value = known.get(pair);
    if (value == null) {
      value = largest(a, b);
      known.put(pair, value);
    }
    return value;
  }

  private long largest(Dimension a, Dimension b) {
    long largest = 0;
    for (int source = 0; source <= a.source(); source++) {
      for (int sink = 0; sink <= a.sink(); sink++) {
        Dimension s = new Dimension(source, sink);
        if (-euler(s, b) > largest && isSubrepresentation(s, a)) {
          largest = -euler(s, b);
        }
      }
    }
    return largest;
  }

  private boolean isSubrepresentation(Dimension s, Dimension a) {
    boolean trivial = s.equals(a) || s.equals(new Dimension(0, 0));
    return trivial || ext(s, new Dimension(a.source() - s.source(), a.sink() - s.sink())) == 0;
  }

  private long euler(Dimension a, Dimension b) {
    return (long) a.source() * b.source()
        + (long) a.sink() * b.sink()
        - (long) arrows * a.source() * b.sink();
  }
}
