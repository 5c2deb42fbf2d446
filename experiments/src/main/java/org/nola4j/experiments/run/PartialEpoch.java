// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.util.List;

/**
 * The results of an unfinished epoch.
 *
 * @param epoch the epoch, from 1
 * @param batches training steps done so far
 * @param examples examples in these steps
 * @param lossSum sum of the examples' losses
 * @param millis wall time of each step
 */
public record PartialEpoch(
    int epoch, int batches, long examples, double lossSum, List<Double> millis) {

  /** Checks that nothing is missing. */
  public PartialEpoch {
    if (millis == null || millis.size() != batches) {
      throw new IllegalArgumentException("millis must have one value per batch");
    }
    millis = List.copyOf(millis);
  }

  /** An epoch that has not started. */
  static PartialEpoch none(int epoch) {
    return new PartialEpoch(epoch, 0, 0, 0, List.of());
  }
}
