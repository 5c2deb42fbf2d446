// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.util.List;

/**
 * The epoch with the best test accuracy. It is chosen on the set that is measured, so it is not an
 * unbiased estimate, but some papers report it.
 *
 * @param testAccuracy test accuracy, 0 to 1
 * @param epoch the first epoch that reached it, from 1
 */
public record BestEpoch(double testAccuracy, int epoch) {
  /** The best of the epochs that were measured; {@code null} if none was. */
  public static BestEpoch of(List<EpochResult> epochs) {
    BestEpoch best = null;
    for (EpochResult each : epochs) {
      if (each.testAccuracy() != null
          && (best == null || each.testAccuracy() > best.testAccuracy())) {
        best = new BestEpoch(each.testAccuracy(), each.epoch());
      }
    }
    return best;
  }
}
