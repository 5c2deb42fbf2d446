// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

/** The scale of a basis's elements. A learning rate is meaningful only together with it. */
public enum BasisScale {
  /** 1: elements of the distribution as they are. */
  UNIT {
    @Override
    double of(int count, int fanIn) {
      return 1;
    }
  },
  /**
   * 1 / sqrt(fan-in), after Kaiming He; NOLA's first release uses rows * columns of a basis matrix
   * as the fan-in.
   */
  KAIMING {
    @Override
    double of(int count, int fanIn) {
      return 1 / Math.sqrt(fanIn);
    }
  },
  /** 1 / sqrt(number of basis vectors), NOLA's later release. */
  COUNT {
    @Override
    double of(int count, int fanIn) {
      return 1 / Math.sqrt(count);
    }
  };

  abstract double of(int count, int fanIn);
}
