// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A vector of {@code bits}-bit integers and their scale. Immutable.
 *
 * <p>Memory: {@code ceil(bits * length / 8)} bytes and a constant of 48 to 56. The codes are packed
 * in two's complement, the first in the lowest bits of the first byte; unused bits of the last byte
 * are zero.
 */
public final class QuantizedVector {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** This many codes fill exactly {@code bits} bytes, for any {@code bits}. */
  private static final int GROUP = 8;

  private final byte[] packed;
  private final float max;
  private final int length;
  private final byte bits;

  private QuantizedVector(int bits, int length, float max, byte[] packed) {
    this.bits = (byte) bits;
    this.length = length;
    this.max = max;
    this.packed = packed;
  }

  /** Packs codes, which are in the quantizer's range. */
  static QuantizedVector pack(Quantizer quantizer, float max, byte[] codes) {
    int bits = quantizer.bits();
    int mask = (1 << bits) - 1;
    byte[] packed = new byte[packedBytes(bits, codes.length)];
    int pending = 0;
    int count = 0;
    int at = 0;
    for (byte code : codes) {
      pending |= (code & mask) << count;
      count += bits;
      if (count >= Byte.SIZE) {
        packed[at++] = (byte) pending;
        pending >>>= Byte.SIZE;
        count -= Byte.SIZE;
      }
    }
    if (count > 0) {
      packed[at] = (byte) pending;
    }
    return new QuantizedVector(bits, codes.length, max, packed);
  }

  /**
   * Creates a vector from its parts, for instance from a file; copies them. Accepts only parts that
   * {@link Quantizer} can give, so that quantizing the values again gives the same parts.
   *
   * @param bits of a code
   * @param length numbers
   * @param max {@link #max()}
   * @param packed {@link #packed()}
   * @throws IllegalArgumentException saying what was expected and found
   */
  public static QuantizedVector of(int bits, int length, float max, byte[] packed) {
    Quantizer quantizer = new Quantizer(bits);
    if (length < 0 || packed.length != packedBytes(bits, length)) {
      throw new IllegalArgumentException(
          length + " codes of " + bits + " bits do not fill " + packed.length + " bytes");
    }
    if (!(Float.compare(max, 0f) >= 0 && Float.isFinite(max))) {
      throw new IllegalArgumentException(
          "the greatest magnitude must be a finite number from 0 on, but is " + max);
    }
    QuantizedVector vector = new QuantizedVector(bits, length, max, packed.clone());
    QuantizedVector again = quantizer.quantize(vector.dequantize());
    if (!vector.equals(again)) {
      throw new IllegalArgumentException(vector.difference(again));
    }
    return vector;
  }

  /** Explains why a vector is not the one that quantizing its values gives. */
  private String difference(QuantizedVector canonical) {
    int largest = new Quantizer(bits).largestCode();
    for (int i = 0; i < length; i++) {
      if (Math.abs(code(i)) > largest) {
        return "codes of "
            + bits
            + " bits end at -"
            + largest
            + " and "
            + largest
            + ", but code "
            + i
            + " is "
            + code(i);
      }
    }
    return max == canonical.max && codesEqual(canonical)
        ? "unused bits of the last byte are not zero"
        : "the greatest magnitude " + max + " is not that of the codes";
  }

  private boolean codesEqual(QuantizedVector other) {
    return IntStream.range(0, length).allMatch(i -> code(i) == other.code(i));
  }

  /** Bytes that packed codes take. */
  public static int packedBytes(int bits, int length) {
    return Math.toIntExact(((long) bits * length + Byte.SIZE - 1) / Byte.SIZE);
  }

  /** Bytes that the packed codes take: {@code ceil(bits * length / 8)}. */
  public int bytes() {
    return packed.length;
  }

  /** Bits of a code. */
  public int bits() {
    return bits;
  }

  /** Numbers. */
  public int length() {
    return length;
  }

  /** M, the greatest magnitude, which is the value of the largest code; 0 if all are 0. */
  public float max() {
    return max;
  }

  /** The packed codes; a copy. */
  public byte[] packed() {
    return packed.clone();
  }

  /** The integer that stands for a number. */
  public int code(int index) {
    long bit = (long) bits * index;
    int at = (int) (bit / Byte.SIZE);
    int word = packed[at] & 0xFF;
    if (at + 1 < packed.length) {
      word |= (packed[at + 1] & 0xFF) << Byte.SIZE;
    }
    int unused = Integer.SIZE - bits;
    return word >>> (int) (bit % Byte.SIZE) << unused >> unused;
  }

  /** The values of all codes. */
  public float[] dequantize() {
    float[] values = new float[length];
    dequantize(values);
    return values;
  }

  /**
   * Writes the values of all codes into an array of as many numbers. Cost: one table lookup per
   * number, about a nanosecond.
   */
  public void dequantize(float[] target) {
    if (target.length != length) {
      throw new IllegalArgumentException(
          "the vector has " + length + " numbers, but the target " + target.length);
    }
    float[] byCode = new Quantizer(bits).valuesByCode(max);
    int mask = byCode.length - 1;
    int index = 0;
    for (int at = 0; at + Long.BYTES <= packed.length; at += bits) {
      long group = (long) LONGS.get(packed, at);
      for (int end = index + GROUP; index < end; index++) {
        target[index] = byCode[(int) group & mask];
        group >>>= bits;
      }
    }
    for (; index < length; index++) {
      target[index] = byCode[code(index) & mask];
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof QuantizedVector that
        && bits == that.bits
        && length == that.length
        && Float.compare(max, that.max) == 0
        && Arrays.equals(packed, that.packed);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(packed) + Float.hashCode(max);
  }

  @Override
  public String toString() {
    return length + " numbers of " + bits + " bits up to " + max;
  }
}
