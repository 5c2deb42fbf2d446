// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import java.util.Arrays;

/**
 * Symmetric quantization to q bits without a zero point, one scale per vector (NOLA, ICLR 2024,
 * section 3.2): {@code round(x L / M) / L * M} with {@code L = 2^(q-1) - 1} and {@code M = max
 * |x|}.
 *
 * <p>The package documentation defines how each step is rounded. Consequences: the error is at most
 * {@code M / (2 L)} (and half a unit in the last place), a second quantization changes nothing,
 * {@code Q(-x) = -Q(x)}, zeros become {@code +0}, and a vector of zeros stays one. Subnormal
 * numbers are treated like any others.
 *
 * @param bits q, from 2 (three values) to 8 (255 values)
 */
public record Quantizer(int bits) {
  /** The fewest bits: one code for zero and one for each sign. */
  public static final int FEWEST_BITS = 2;

  /** The most bits. */
  public static final int MOST_BITS = 8;

  /** Checks the range. */
  public Quantizer {
    if (bits < FEWEST_BITS || bits > MOST_BITS) {
      throw new IllegalArgumentException(
          "quantization takes "
              + FEWEST_BITS
              + " to "
              + MOST_BITS
              + " bits per number, but bits = "
              + bits);
    }
  }

  /** L, the largest code. */
  public int largestCode() {
    return (1 << (bits - 1)) - 1;
  }

  /**
   * Quantizes a vector. Cost: one division per number.
   *
   * @throws IllegalArgumentException if a number is NaN or infinite, naming its index
   */
  public QuantizedVector quantize(float[] values) {
    float max = max(values);
    if (!Float.isFinite(max)) {
      throw new IllegalArgumentException(notFinite(values));
    }
    byte[] codes = new byte[values.length];
    if (max > 0) {
      for (int i = 0; i < codes.length; i++) {
        codes[i] = (byte) code(values[i], max);
      }
    }
    return QuantizedVector.pack(this, max, codes);
  }

  /**
   * Replaces each number by its quantized value, as {@code quantize(values).dequantize(rounded)}
   * does, without packing. Where a number is NaN or infinite, all become NaN: diverging training
   * behaves as it would without quantization.
   *
   * @param values the numbers
   * @param rounded as many, may be the same array
   */
  public void round(float[] values, float[] rounded) {
    float max = max(values);
    if (!(max > 0 && Float.isFinite(max))) {
      Arrays.fill(rounded, max == 0 ? 0 : Float.NaN);
      return;
    }
    float[] byCode = valuesByCode(max);
    int mask = byCode.length - 1;
    for (int i = 0; i < values.length; i++) {
      rounded[i] = byCode[code(values[i], max) & mask];
    }
  }

  /**
   * As {@link #round(float[], float[])}, for networks in double precision: nothing is rounded to
   * binary32.
   */
  public void round(double[] values, double[] rounded) {
    double max = 0;
    for (double value : values) {
      max = Math.max(max, Math.abs(value));
    }
    if (!(max > 0 && Double.isFinite(max))) {
      Arrays.fill(rounded, max == 0 ? 0 : Double.NaN);
      return;
    }
    for (int i = 0; i < values.length; i++) {
      rounded[i] = value(code(values[i], max), max);
    }
  }

  /** The value of every code, found at the code's lowest {@code bits} bits. */
  float[] valuesByCode(float max) {
    float[] values = new float[1 << bits];
    for (int code = -largestCode(); code <= largestCode(); code++) {
      values[code & (values.length - 1)] = (float) value(code, max);
    }
    return values;
  }

  /** For binary32 numbers the product is exact and the quotient rounded once: no tie is missed. */
  private int code(double value, double max) {
    return (int) Math.rint(value * largestCode() / max);
  }

  private double value(int code, double max) {
    return (double) code / largestCode() * max;
  }

  private static float max(float[] values) {
    float max = 0;
    for (float value : values) {
      max = Math.max(max, Math.abs(value));
    }
    return max;
  }

  private static String notFinite(float[] values) {
    int index = 0;
    while (Float.isFinite(values[index])) {
      index++;
    }
    return "quantization needs finite numbers, but number " + index + " is " + values[index];
  }
}
