// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nola4j.basis.Seeds;

/** The initial value of each trained number: a function of its index, the same on every machine. */
@FunctionalInterface
public interface Initial {
  /** The starting value of number {@code index}. */
  double at(int index);

  /** All equal. */
  static Initial constant(double value) {
    return index -> value;
  }

  /** 1, 0, 0, ...: the weight is the first basis vector. */
  static Initial first() {
    return index -> index == 0 ? 1 : 0;
  }

  /** Uniform between -bound and bound. */
  static Initial uniform(long seed, double bound) {
    return index -> bound * (2 * unit(Seeds.derive(seed, index)) - 1);
  }

  /** Normal with mean zero (Box-Muller transform in {@link StrictMath}). */
  static Initial normal(long seed, double standardDeviation) {
    return index -> {
      long bits = Seeds.derive(seed, index);
      double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(bits)));
      double angle = 2 * StrictMath.PI * unit(Seeds.derive(bits, 1));
      return standardDeviation * radius * StrictMath.cos(angle);
    };
  }

  /** As {@link #normal}, redrawn until it is within two standard deviations. */
  static Initial truncatedNormal(long seed, double standardDeviation) {
    return index -> {
      long own = Seeds.derive(seed, index);
      int draw = 0;
      double value = normal(own, 1).at(draw);
      while (Math.abs(value) > 2) {
        value = normal(own, 1).at(++draw);
      }
      return standardDeviation * value;
    };
  }

  /** 53 bits to [0, 1). */
  private static double unit(long bits) {
    return (bits >>> 11) * 0x1p-53;
  }
}
