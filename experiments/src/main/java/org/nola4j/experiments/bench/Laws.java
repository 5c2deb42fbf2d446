// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.Locale;
import org.nola4j.basis.Law;

/** Laws as configurations name them. */
final class Laws {
  private Laws() {}

  static String name(Law law) {
    return law.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
