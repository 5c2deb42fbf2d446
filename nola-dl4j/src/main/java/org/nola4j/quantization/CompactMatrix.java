// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import java.nio.FloatBuffer;

/** A matrix that is kept in fewer bits than float32 has, off the heap and read-only. */
public abstract sealed class CompactMatrix permits Bfloat16Matrix, ColumnCodes {
  private final int rows;
  private final int columns;

  /** Checks the number of values, from the buffer's position to its limit. */
  CompactMatrix(FloatBuffer values, int rows, int columns) {
    if (values.remaining() != (long) rows * columns) {
      throw new IllegalArgumentException(
          "a matrix of %d x %d needs %d numbers, but there are %d"
              .formatted(rows, columns, (long) rows * columns, values.remaining()));
    }
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * Rounds a matrix to so many bits a number: 8 for {@link ColumnCodes}, 16 for {@link
   * Bfloat16Matrix}.
   *
   * @param values row-major, from the buffer's position to its limit
   * @throws IllegalArgumentException for other bits, if the number of values is not rows * columns,
   *     or if one of them cannot be rounded, naming its place
   */
  public static CompactMatrix round(FloatBuffer values, int rows, int columns, int bits) {
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
  public static void requireBits(String name, int bits) {
    if (bits != ColumnCodes.BITS && bits != Bfloat16Matrix.BITS) {
      throw new IllegalArgumentException(
          "%s must be %d for integers, %d for bfloat16, or 0 for float32, but is %d"
              .formatted(name, ColumnCodes.BITS, Bfloat16Matrix.BITS, bits));
    }
  }

  /** Rows of the matrix. */
  public final int rows() {
    return rows;
  }

  /** Columns of the matrix. */
  public final int columns() {
    return columns;
  }

  /** Bits of a number. */
  public abstract int bits();

  /** Bytes of the whole matrix. */
  public abstract long bytes();

  /**
   * Copies a row in float32.
   *
   * @param to receives it, as long as there are columns
   */
  public abstract void copyRow(int row, float[] to);

  /** The values in float32, row-major, a new array. */
  public final float[] values() {
    float[] values = new float[Math.multiplyExact(rows, columns)];
    float[] line = new float[columns];
    for (int i = 0; i < rows; i++) {
      copyRow(i, line);
      System.arraycopy(line, 0, values, i * columns, columns);
    }
    return values;
  }
}
