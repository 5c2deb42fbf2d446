// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ColumnCodesTest {
  @Test
  void errorIsAtMostHalfAStepOfTheColumn() {
    int columns = 23;
    float[] values = new float[400 * columns];
    Random random = new Random(1);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, i % columns - 11));
    }
    ColumnCodes codes = ColumnCodes.quantize(FloatBuffer.wrap(values), 400, columns);
    float[] rounded = codes.values();
    for (int i = 0; i < values.length; i++) {
      float scale = codes.scales().get(i % columns);
      assertTrue(Math.abs(rounded[i] - values[i]) <= scale / 2 + Math.ulp(values[i]), "" + i);
    }
    assertEquals(values.length + 4 * columns, codes.bytes());
  }

  /** By hand: scales 127/127 and 2/127; -0.5 is a tie, which goes to the even 0. */
  @Test
  void codesAreTheNearestIntegers() {
    float[] values = {127, 2, -0.5f, 0, -1.5f, -1, 3.4f, 1};
    ColumnCodes codes = ColumnCodes.quantize(FloatBuffer.wrap(values), 4, 2);
    byte[] found = new byte[8];
    codes.codes().get(found);
    assertArrayEquals(new byte[] {127, 127, 0, 0, -2, -64, 3, 64}, found);
    assertEquals(2f / 127, codes.scales().get(1));
  }

  @Test
  void aColumnOfZerosOrTiniestNumbersStays() {
    float[] values = {0, Float.MIN_VALUE, 1, 0, -Float.MIN_VALUE, -1};
    float[] rounded = ColumnCodes.quantize(FloatBuffer.wrap(values), 2, 3).values();
    assertArrayEquals(new float[] {0, 0, 1, 0, 0, -1}, rounded, 1e-7f);
  }

  @Test
  void whatIsNotFiniteOrNotThatManyIsNamed() {
    FloatBuffer infinite = FloatBuffer.wrap(new float[] {0, 1, 2, Float.NEGATIVE_INFINITY});
    String message =
        assertThrows(IllegalArgumentException.class, () -> ColumnCodes.quantize(infinite, 2, 2))
            .getMessage();
    assertTrue(message.contains("row 1, column 1"), message);
    assertThrows(IllegalArgumentException.class, () -> ColumnCodes.quantize(infinite, 2, 3));
  }
}
