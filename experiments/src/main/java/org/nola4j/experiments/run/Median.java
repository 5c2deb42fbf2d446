// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.util.Arrays;

/** Computes medians. */
final class Median {
  private Median() {}

  /** The median: the mean of both middle values if their number is even, or 0 without values. */
  static double of(double... values) {
    if (values.length == 0) {
      return 0;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
