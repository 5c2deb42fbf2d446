// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

/** IEEE 754 half precision and bfloat16, which Java 17 does not convert. */
final class Half {
  /** The largest finite number. */
  static final float MAX = 65504;

  private static final int INFINITY = 0x7C00;

  private Half() {}

  /** Rounds to nearest even; magnitudes from 65,520 on become infinite. */
  static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    int half;
    if (!(magnitude < 65520)) {
      half = Float.isNaN(value) ? INFINITY | 0x200 : INFINITY;
    } else if (magnitude < 0x1p-14f) {
      half = (int) Math.rint(magnitude * 0x1p24f);
    } else {
      int exact = (bits & 0x7FFFFFFF) - (112 << 23);
      half = (exact + 0xFFF + (exact >>> 13 & 1)) >>> 13;
    }
    return (short) (sign | half);
  }

  /** Exact. */
  static float toFloat(short half) {
    int exponent = half >>> 10 & 31;
    int fraction = half & 0x3FF;
    float magnitude =
        switch (exponent) {
          case 0 -> fraction * 0x1p-24f;
          case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Float.intBitsToFloat((exponent + 112) << 23 | fraction << 13);
        };
    return half < 0 ? -magnitude : magnitude;
  }

  /** The upper half, rounded to nearest even; NaN stays one. */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short)
        (Float.isNaN(value) ? (bits >>> 16) | 0x40 : (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }

  /** Exact. */
  static float ofBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
