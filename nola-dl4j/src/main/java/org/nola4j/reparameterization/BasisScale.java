// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

/** The factor of a basis' elements. A learning rate means nothing without it. */
public enum BasisScale {
  /** 1: elements of the distribution as they are. */
  UNIT {
    @Override
    double of(int count, int fanIn) {
      return 1;
    }
  },
  /**
   * 1 / sqrt(fan-in), Kaiming's; NOLA's first release takes rows * columns of a basis matrix for
   * fan-in.
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
