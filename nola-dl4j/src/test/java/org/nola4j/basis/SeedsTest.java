// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeedsTest {
  @Test
  void neighboringSeedsPartsAndNamesGetDifferentSeeds() {
    Set<Long> seeds = new HashSet<>();
    for (long seed = -50; seed < 50; seed++) {
      seeds.add(seed);
      for (int index = -50; index < 50; index++) {
        seeds.add(Seeds.derive(seed, index));
      }
      for (String name : new String[] {"a", "b", "ab", "ba", "a.b", "layer1", "layer10"}) {
        seeds.add(Seeds.derive(seed, name));
      }
    }
    assertEquals(100 * (1 + 100 + 7), seeds.size());
  }

  /** A part of a part is no part: the order of derivation matters. */
  @Test
  void nestedPartsDoNotCommute() {
    Set<Long> seeds = new HashSet<>();
    for (int a = 0; a < 100; a++) {
      for (int b = 0; b < 100; b++) {
        seeds.add(Seeds.derive(Seeds.derive(1, a), b));
      }
    }
    assertEquals(10_000, seeds.size());
  }
}
