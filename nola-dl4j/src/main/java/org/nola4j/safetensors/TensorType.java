// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Element types, by the format's own names. */
public enum TensorType {
  /** One byte, 0 or 1. */
  BOOL(1),
  /** Unsigned, 8 bits. */
  U8(1),
  /** Signed, 8 bits. */
  I8(1),
  /** Floating point of 8 bits, 5 of them the exponent's. */
  F8_E5M2(1),
  /** Floating point of 8 bits, 4 of them the exponent's. */
  F8_E4M3(1),
  /** Unsigned, 16 bits. */
  U16(2),
  /** Signed, 16 bits. */
  I16(2),
  /** IEEE 754 half precision. */
  F16(2),
  /** The upper half of a single-precision number. */
  BF16(2),
  /** Unsigned, 32 bits. */
  U32(4),
  /** Signed, 32 bits. */
  I32(4),
  /** IEEE 754 single precision. */
  F32(4),
  /** Unsigned, 64 bits. */
  U64(8),
  /** Signed, 64 bits. */
  I64(8),
  /** IEEE 754 double precision. */
  F64(8);

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }

  /** Whether floats can be read from it exactly and written to it: F32, F16, BF16. */
  public boolean isFloat() {
    return this == F32 || this == F16 || this == BF16;
  }

  /**
   * The nearest numbers of this type, ties to even.
   *
   * @param tensor that has the numbers, for messages
   * @throws IllegalArgumentException if one is out of the range of F16 or BF16, or the type is not
   *     a {@linkplain #isFloat float}
   */
  public float[] rounded(String tensor, float[] values) {
    ByteBuffer bytes = allocate(Math.multiplyExact(values.length, this.bytes));
    encode(tensor, values, 0, values.length, bytes);
    float[] rounded = new float[values.length];
    decode(bytes.flip(), rounded);
    return rounded;
  }

  /** A buffer for data as files hold them. */
  static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** As many elements as the array has room for. */
  void decode(ByteBuffer from, float[] to) {
    switch (this) {
      case F32 -> from.asFloatBuffer().get(to);
      case F16 -> {
        for (int i = 0; i < to.length; i++) {
          to[i] = Half.toFloat(from.getShort());
        }
      }
      case BF16 -> {
        for (int i = 0; i < to.length; i++) {
          to[i] = Half.ofBfloat16(from.getShort());
        }
      }
      default -> throw new IllegalArgumentException(this + " is not a floating-point type");
    }
  }

  /** Elements [begin, end); moves the buffer's position. */
  void encode(String tensor, float[] from, int begin, int end, ByteBuffer to) {
    for (int i = begin; i < end; i++) {
      switch (this) {
        case F32 -> to.putFloat(from[i]);
        case F16 -> to.putShort(half(tensor, from[i]));
        case BF16 -> to.putShort(bfloat16(tensor, from[i]));
        default -> throw new IllegalArgumentException(this + " is not a floating-point type");
      }
    }
  }

  private static short half(String tensor, float value) {
    short half = Half.of(value);
    if (!Float.isFinite(Half.toFloat(half))) {
      throw new IllegalArgumentException(
          "tensor \"%s\" has %s, but F16 ends at %s: write it as F32"
              .formatted(tensor, value, Half.MAX));
    }
    return half;
  }

  private static short bfloat16(String tensor, float value) {
    short half = Half.toBfloat16(value);
    if (Float.isFinite(value) && !Float.isFinite(Half.ofBfloat16(half))) {
      throw new IllegalArgumentException(
          "tensor \"%s\" has %s, which BF16 rounds to infinity: write it as F32"
              .formatted(tensor, value));
    }
    return half;
  }

  /** Null for an unknown name. */
  static TensorType of(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findAny().orElse(null);
  }
}
