// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * A matrix of bfloat16 numbers, the upper half of float32: its range, and 8 bits of precision. Each
 * value is the nearest, ties to even, and so moves by at most 2^-8 of itself.
 *
 * <p>Memory: two bytes a number, off the heap; {@code -XX:MaxDirectMemorySize} limits it, whose
 * default is {@code -Xmx}.
 */
public final class Bfloat16Matrix extends CompactMatrix {
  /** Bits of a number. */
  public static final int BITS = 16;

  private final ShortBuffer elements;

  private Bfloat16Matrix(FloatBuffer values, int rows, int columns) {
    super(values, rows, columns);
    this.elements =
        ByteBuffer.allocateDirect(
                Math.multiplyExact(Math.multiplyExact(rows, columns), Short.BYTES))
            .order(ByteOrder.nativeOrder())
            .asShortBuffer();
  }

  /**
   * Rounds a matrix.
   *
   * @param values row-major, from the buffer's position to its limit
   * @throws IllegalArgumentException if their number is not rows * columns, or one of them is NaN,
   *     infinite, or rounded to infinity, naming its place
   */
  public static Bfloat16Matrix round(FloatBuffer values, int rows, int columns) {
    Bfloat16Matrix matrix = new Bfloat16Matrix(values, rows, columns);
    FloatBuffer source = values.duplicate();
    float[] row = new float[columns];
    short[] line = new short[columns];
    for (int i = 0; i < rows; i++) {
      source.get(row);
      for (int j = 0; j < columns; j++) {
        line[j] = round(row[j]);
        if (!Float.isFinite(value(line[j]))) {
          throw new IllegalArgumentException(
              "bfloat16 needs finite numbers, but the one in row %d, column %d is %s"
                  .formatted(i, j, row[j]));
        }
      }
      matrix.elements.put(i * columns, line);
    }
    return matrix;
  }

  /** Half a unit of what is dropped is added, or a little less, so that ties become even. */
  private static short round(float value) {
    int bits = Float.floatToIntBits(value);
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static float value(short element) {
    return Float.intBitsToFloat(element << 16);
  }

  @Override
  public int bits() {
    return BITS;
  }

  /** The upper halves of the float32 numbers, row-major, read-only and off the heap. */
  public ShortBuffer elements() {
    return elements.asReadOnlyBuffer();
  }

  @Override
  public long bytes() {
    return (long) elements.capacity() * Short.BYTES;
  }

  @Override
  public void copyRow(int row, float[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = value(elements.get(row * columns() + j));
    }
  }
}
