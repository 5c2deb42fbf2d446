// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.util.Locale;

/** Durations as a clock shows them. */
final class Clock {
  private Clock() {}

  /** Hours (if any), minutes and seconds: 1:02:03 or 2:03. */
  static String text(double seconds) {
    long whole = Math.round(seconds);
    long minutes = whole / 60;
    return minutes >= 60
        ? String.format(Locale.ROOT, "%d:%02d:%02d", minutes / 60, minutes % 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", minutes, whole % 60);
  }
}
