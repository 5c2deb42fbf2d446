// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SplitMix64Test {
  @Property
  void isTheJdksSplittableRandom(@ForAll long seed) {
    SplitMix64 ours = new SplitMix64(seed);
    SplittableRandom theirs = new SplittableRandom(seed);
    for (int i = 0; i < 10; i++) {
      assertEquals(theirs.nextLong(), ours.nextLong());
    }
  }

  @Property
  void boundsAreKept(@ForAll long seed, @ForAll @IntRange(min = 1) int bound) {
    SplitMix64 random = new SplitMix64(seed);
    for (int i = 0; i < 20; i++) {
      int n = random.nextInt(bound);
      assertTrue(n >= 0 && n < bound);
      double x = random.nextDouble(-1, 2);
      assertTrue(x >= -1 && x < 2);
    }
  }

  @Property
  void membersDiffer(@ForAll long seed, @ForAll long index) {
    long first = SplitMix64.member(seed, index).nextLong();
    assertEquals(first, SplitMix64.member(seed, index).nextLong());
    assertNotEquals(first, SplitMix64.member(seed, index + 1).nextLong());
    assertNotEquals(first, SplitMix64.member(seed + 1, index).nextLong());
  }
}
