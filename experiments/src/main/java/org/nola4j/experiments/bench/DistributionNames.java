// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.Locale;
import org.nola4j.basis.Distribution;

/** DistributionNames as configurations name them. */
final class DistributionNames {
  private DistributionNames() {}

  static String name(Distribution distribution) {
    return distribution.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
