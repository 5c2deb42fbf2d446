// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class BuffersTest {
  /** Which no network of the tests has. */
  private static final int LENGTH = 100_003;

  @Test
  void aBufferHasOneUserAtATime() {
    float[] first = Buffers.take(LENGTH);
    float[] second = Buffers.take(LENGTH);
    assertNotSame(first, second);
    assertEquals(LENGTH, second.length);
    Buffers.giveBack(first);
    assertSame(first, Buffers.take(LENGTH));
    assertNotSame(first, Buffers.take(LENGTH));
  }
}
