// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import java.nio.FloatBuffer;

/** A matrix that is kept in fewer bits than float32 has, off the heap and read-only. */
public sealed interface CompactMatrix permits Bfloat16Matrix, ColumnCodes {
  /**
   * Rounds a matrix to so many bits a number: 8 for {@link ColumnCodes}, 16 for {@link
   * Bfloat16Matrix}.
   *
   * @param values row-major, from the buffer's position to its limit
   * @throws IllegalArgumentException for other bits, if the number of values is not rows * columns,
   *     or if one of them cannot be rounded, naming its place
   */
  static CompactMatrix round(FloatBuffer values, int rows, int columns, int bits) {
    requireBits("bits", bits);
    return bits == ColumnCodes.BITS
        ? ColumnCodes.quantize(values, rows, columns)
        : Bfloat16Matrix.round(values, rows, columns);
  }

  /**
   * Checks a number of bits.
   *
   * @param name of the number in the message
   * @throws IllegalArgumentException if no matrix is kept in so many
   */
  static void requireBits(String name, int bits) {
    if (bits != ColumnCodes.BITS && bits != Bfloat16Matrix.BITS) {
      throw new IllegalArgumentException(
          "%s must be %d for integers, %d for bfloat16, or 0 for float32, but is %d"
              .formatted(name, ColumnCodes.BITS, Bfloat16Matrix.BITS, bits));
    }
  }

  /** Rows of the matrix. */
  int rows();

  /** Columns of the matrix. */
  int columns();

  /** Bits of a number. */
  int bits();

  /** Bytes of the whole matrix. */
  long bytes();

  /** The values in float32, row-major, a new array. */
  float[] values();
}
