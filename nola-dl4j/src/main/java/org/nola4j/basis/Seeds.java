// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import org.nola4j.internal.basis.Generator;

/** Derives independent seeds from one, so that a network needs only a single seed. */
public final class Seeds {
  private Seeds() {}

  /**
   * The seed of part {@code index} of the object with this {@code seed}: a bijective mix, so that
   * neighboring seeds and indices give unrelated results.
   */
  public static long derive(long seed, int index) {
    return Generator.mix64(Generator.mix64(seed ^ 0x6E6F6C61346A3176L) + index);
  }

  /**
   * The seed of the part called {@code name}: {@link #derive(long, int)} over its UTF-16 code
   * units.
   */
  public static long derive(long seed, String name) {
    long derived = derive(seed, name.length());
    for (int i = 0; i < name.length(); i++) {
      derived = derive(derived, name.charAt(i));
    }
    return derived;
  }
}
