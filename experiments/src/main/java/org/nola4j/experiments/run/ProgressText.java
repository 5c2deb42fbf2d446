// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.util.Locale;
import org.nola4j.experiments.results.EpochResult;

/** Durations and accuracies as progress shows them. */
public final class ProgressText {
  private ProgressText() {}

  /** Hours (if any), minutes and seconds: 1:02:03 or 2:03. */
  public static String duration(double seconds) {
    long whole = Math.round(seconds);
    long minutes = whole / 60;
    return minutes >= 60
        ? String.format(Locale.ROOT, "%d:%02d:%02d", minutes / 60, minutes % 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", minutes, whole % 60);
  }

  /**
   * The test accuracy, and the loss if there is one, after an epoch, with a comma before it; empty
   * if it was not measured.
   */
  static String accuracy(EpochResult epoch) {
    return epoch.testAccuracy() == null
        ? ""
        : String.format(Locale.ROOT, ", test accuracy %.2f %%", 100 * epoch.testAccuracy())
            + loss(epoch);
  }

  private static String loss(EpochResult epoch) {
    return epoch.testLoss() == null
        ? ""
        : String.format(Locale.ROOT, ", test loss %.4f", epoch.testLoss());
  }
}
