// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Bfloat16MatrixTest {
  @Test
  void errorIsAtMostHalfAUnitOfEightBits() {
    float[] values = new float[3000];
    Random random = new Random(1);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, i % 60 - 30));
    }
    Bfloat16Matrix matrix = Bfloat16Matrix.round(FloatBuffer.wrap(values), 100, 30);
    float[] rounded = matrix.values();
    for (int i = 0; i < values.length; i++) {
      assertTrue(Math.abs(rounded[i] - values[i]) <= Math.abs(values[i]) / 256, "" + values[i]);
      assertEquals(0, Float.floatToRawIntBits(rounded[i]) & 0xffff);
    }
    assertEquals(2L * values.length, matrix.bytes());
    assertArrayEquals(
        rounded, Bfloat16Matrix.round(FloatBuffer.wrap(rounded), 100, 30).values(), 0);
  }

  /** 1 has neighbors 2^-7 above and 2^-8 below; of two as near the one with an even last bit. */
  @ParameterizedTest
  @CsvSource({
    "0x1.01p0, 0x1p0",
    "0x1.03p0, 0x1.04p0",
    "0x1.010002p0, 0x1.02p0",
    "-0x1.01p0, -0x1p0",
    "0x1.fffp-1, 0x1p0",
    "0x1p-149, 0",
    "-0, -0"
  })
  void theNearestIsTaken(String value, String expected) {
    FloatBuffer one = FloatBuffer.wrap(new float[] {Float.parseFloat(value)});
    assertEquals(Float.parseFloat(expected), Bfloat16Matrix.round(one, 1, 1).values()[0]);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY, Float.MAX_VALUE})
  void whatIsNotFiniteIsNamed(float value) {
    FloatBuffer values = FloatBuffer.wrap(new float[] {0, 1, 2, value});
    String message =
        assertThrows(IllegalArgumentException.class, () -> Bfloat16Matrix.round(values, 2, 2))
            .getMessage();
    assertTrue(message.contains("row 1, column 1"), message);
    assertThrows(IllegalArgumentException.class, () -> Bfloat16Matrix.round(values, 2, 3));
  }

  @Test
  void otherBitsAreRefused() {
    FloatBuffer one = FloatBuffer.allocate(1);
    assertThrows(IllegalArgumentException.class, () -> CompactMatrix.round(one, 1, 1, 4));
    assertEquals(8, CompactMatrix.round(one, 1, 1, 8).bits());
    assertEquals(16, CompactMatrix.round(one, 1, 1, 16).bits());
  }
}
