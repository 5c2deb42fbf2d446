// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A matrix of 8-bit integers with one scale per column: symmetric quantization without a zero
 * point.
 *
 * <p>With M the greatest magnitude of a column, its {@code scale = M / 127} in binary32, the {@code
 * code} of a number x is the integer nearest to x / scale, and the value is {@code code * scale},
 * rounded once to binary32. The error is at most half a scale (and half a unit in the last place);
 * a column of zeros stays one.
 *
 * <p>Memory: one byte a number and four a column, off the heap; {@code -XX:MaxDirectMemorySize}
 * limits it, whose default is {@code -Xmx}.
 */
public final class ColumnCodes extends CompactMatrix {
  /** Bits of a code. */
  public static final int BITS = 8;

  private static final int LARGEST_CODE = 127;

  private final ByteBuffer codes;
  private final FloatBuffer scales;

  private ColumnCodes(FloatBuffer values, int rows, int columns) {
    super(values, rows, columns);
    this.codes = ByteBuffer.allocateDirect(Math.multiplyExact(rows, columns));
    this.scales =
        ByteBuffer.allocateDirect(columns * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
  }

  /**
   * Quantizes a matrix. Cost: one division a number.
   *
   * @param values row-major, from the buffer's position to its limit
   * @throws IllegalArgumentException if their number is not rows * columns, or one of them is NaN
   *     or infinite, naming its place
   */
  public static ColumnCodes quantize(FloatBuffer values, int rows, int columns) {
    ColumnCodes matrix = new ColumnCodes(values, rows, columns);
    float[] scales = scales(values.duplicate(), rows, columns);
    matrix.scales.put(0, scales);
    matrix.encode(values.duplicate(), scales);
    return matrix;
  }

  private static float[] scales(FloatBuffer values, int rows, int columns) {
    float[] scales = new float[columns];
    float[] row = new float[columns];
    for (int i = 0; i < rows; i++) {
      values.get(row);
      for (int j = 0; j < columns; j++) {
        scales[j] = Math.max(scales[j], Math.abs(row[j])); // NaN stays
      }
      requireFinite(scales, i);
    }
    for (int j = 0; j < columns; j++) {
      scales[j] /= LARGEST_CODE;
    }
    return scales;
  }

  private static void requireFinite(float[] greatest, int row) {
    for (int j = 0; j < greatest.length; j++) {
      if (!Float.isFinite(greatest[j])) {
        throw new IllegalArgumentException(
            "quantization needs finite numbers, but the one in row %d, column %d is NaN or infinite"
                .formatted(row, j));
      }
    }
  }

  private void encode(FloatBuffer values, float[] scales) {
    int columns = scales.length;
    float[] row = new float[columns];
    byte[] line = new byte[columns];
    for (int i = 0; i < rows(); i++) {
      values.get(row);
      for (int j = 0; j < columns; j++) {
        line[j] = scales[j] > 0 ? code(row[j], scales[j]) : 0;
      }
      codes.put(i * columns, line);
    }
  }

  /** Subnormal scales are rounded coarsely, so that a quotient may exceed the largest code. */
  private static byte code(float value, float scale) {
    double code = Math.rint((double) value / scale);
    return (byte) Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, code));
  }

  @Override
  public int bits() {
    return BITS;
  }

  /** The codes, row-major, read-only and off the heap. */
  public ByteBuffer codes() {
    return codes.asReadOnlyBuffer();
  }

  /** The scales of the columns, read-only and off the heap. */
  public FloatBuffer scales() {
    return scales.asReadOnlyBuffer();
  }

  @Override
  public long bytes() {
    return codes.capacity() + (long) scales.capacity() * Float.BYTES;
  }

  @Override
  public void copyRow(int row, float[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = codes.get(row * columns() + j) * scales.get(j);
    }
  }
}
