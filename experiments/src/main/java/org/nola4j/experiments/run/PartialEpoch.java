// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.util.List;

/**
 * What an epoch has given so far.
 *
 * @param epoch the epoch, from 1
 * @param batches training steps done in it
 * @param examples examples in these
 * @param lossSum sum of the examples' losses
 * @param millis wall time of each step
 */
public record PartialEpoch(
    int epoch, int batches, long examples, double lossSum, List<Double> millis) {

  /** Checks that nothing is missing. */
  public PartialEpoch {
    if (millis == null || millis.size() != batches) {
      throw new IllegalArgumentException("millis must have one value a batch");
    }
    millis = List.copyOf(millis);
  }

  /** An epoch of which nothing is done. */
  static PartialEpoch none(int epoch) {
    return new PartialEpoch(epoch, 0, 0, 0, List.of());
  }
}
