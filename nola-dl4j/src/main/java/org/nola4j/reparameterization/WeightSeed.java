// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nola4j.basis.Seeds;

/** The parts of a weight that have their own seeds; the ordinals are part of the adapter format. */
enum WeightSeed {
  W0,
  FIRST_BASIS,
  SECOND_BASIS,
  ANCHOR,
  FIRST_INITIAL,
  SECOND_INITIAL;

  long seed(long weightSeed) {
    return Seeds.derive(weightSeed, ordinal());
  }
}
