// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nola4j.basis.Seeds;

/** The parts of a weight that have their own seeds; the indices are part of the adapter format. */
enum WeightSeed {
  W0(0),
  FIRST_BASIS(1),
  SECOND_BASIS(2),
  ANCHOR(3),
  FIRST_INITIAL(4),
  SECOND_INITIAL(5);

  private final int index;

  WeightSeed(int index) {
    this.index = index;
  }

  long seed(long weightSeed) {
    return Seeds.derive(weightSeed, index);
  }
}
