// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HalfTest {
  @Test
  void everyHalfPrecisionNumberComesBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Half.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertEquals((short) bits, Half.of(value), () -> "value " + value);
      }
    }
    assertTrue(Float.isNaN(Half.toFloat(Half.of(Float.NaN))));
  }

  @Test
  void knownValues() {
    assertEquals(1f, Half.toFloat((short) 0x3C00));
    assertEquals(-2f, Half.toFloat((short) 0xC000));
    assertEquals(Half.MAX, Half.toFloat((short) 0x7BFF));
    assertEquals(0x1p-14f, Half.toFloat((short) 0x0400));
    assertEquals(0x1p-24f, Half.toFloat((short) 0x0001));
    assertEquals(1f / 3, Half.toFloat((short) 0x3555), 0x1p-13f);
  }

  /** Between neighbors the nearer is taken, in the middle the even one. */
  @Test
  void roundsToNearestEven() {
    for (int bits = 0; bits < 0x7BFF; bits++) {
      float low = Half.toFloat((short) bits);
      float high = Half.toFloat((short) (bits + 1));
      float middle = (low + high) / 2;
      int even = bits + (bits & 1);
      assertEquals((short) even, Half.of(middle));
      assertEquals((short) bits, Half.of(Math.nextDown(middle)));
      assertEquals((short) (bits + 1), Half.of(Math.nextUp(middle)));
      assertEquals((short) (even | 0x8000), Half.of(-middle));
    }
    assertEquals((short) 0x7BFF, Half.of(Math.nextDown(65520f)));
    assertEquals((short) 0x7C00, Half.of(65520f));
  }

  @Test
  void bfloat16IsTheUpperHalfOfAFloat() {
    assertEquals(-1.5f, Half.ofBfloat16((short) (Float.floatToIntBits(-1.5f) >> 16)));
    assertEquals(0x1p-133f, Half.ofBfloat16((short) 1));
  }

  @Test
  void bfloat16RoundsToNearestEven() {
    for (int bits = 0; bits < 0x7F80; bits++) {
      int even = bits + (bits & 1);
      int middle = bits << 16 | 0x8000;
      assertEquals((short) bits, Half.toBfloat16(Half.ofBfloat16((short) bits)));
      assertEquals((short) even, Half.toBfloat16(Float.intBitsToFloat(middle)));
      assertEquals((short) bits, Half.toBfloat16(Float.intBitsToFloat(middle - 1)));
      assertEquals((short) (bits + 1), Half.toBfloat16(Float.intBitsToFloat(middle + 1)));
      assertEquals((short) (even | 0x8000), Half.toBfloat16(-Float.intBitsToFloat(middle)));
    }
    assertTrue(Float.isNaN(Half.ofBfloat16(Half.toBfloat16(Float.intBitsToFloat(0x7F800001)))));
  }
}
