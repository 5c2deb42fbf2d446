// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.onednn.CodeExpansion;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.quantization.ColumnCodes;

/**
 * Products with a matrix of 8-bit integers: a tile at a time becomes float32 in memory that all
 * matrices of a thread share, and is multiplied as any other. The results are those of the
 * {@linkplain ColumnCodes#values() values} in float32, on every processor, and the conversion costs
 * one operation an element, which is little beside a product of many rows.
 *
 * <p>A tile of many rows' product is large enough for the product to be fast; that of a few rows
 * stays in the processor's cache, so that the matrix is read from memory as bytes only.
 *
 * <p>Memory: at most 16 MiB a thread, or one row or column of the matrix.
 */
public final class CodeProduct {
  private static final long TILE = 1 << 22;
  private static final long CACHED_TILE = 1 << 16;

  /** Up to so many rows the matrix is converted in small tiles. */
  private static final long FEW_ROWS = 16;

  private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

  /** A thread's memory and primitives. */
  private static final class Room {
    /** More shapes than a large model has; each takes a few kilobytes. */
    private static final int MOST_SHAPES = 64;

    private INDArray elements;
    private final Map<String, CodeExpansion> expansions =
        new LinkedHashMap<>(MOST_SHAPES, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, CodeExpansion> eldest) {
            return size() > MOST_SHAPES;
          }
        };

    INDArray matrix(long rows, long columns) {
      if (elements == null || elements.length() < rows * columns) {
        elements = HostArrays.allocate(DataType.FLOAT, rows * columns);
      }
      return Nd4j.create(
          elements.data(), new long[] {rows, columns}, new long[] {columns, 1}, 0, 'c');
    }

    CodeExpansion expansion(long rows, long columns, long rowLength) {
      return expansions.computeIfAbsent(
          rows + " " + columns + " " + rowLength,
          key -> new CodeExpansion(rows, columns, rowLength));
    }
  }

  private final ColumnCodes matrix;
  private final BytePointer codes;
  private final FloatPointer scales;

  /** With this matrix. */
  public CodeProduct(ColumnCodes matrix) {
    this.matrix = matrix;
    this.codes = new BytePointer(matrix.codes());
    this.scales = new FloatPointer(matrix.scales());
  }

  /** The whole matrix, a new array. */
  public INDArray matrix(DataType type) {
    return HostArrays.of(matrix.values(), type, matrix.rows(), matrix.columns());
  }

  /** {@code result = x W}, or with {@code add} {@code result += x W}; result row-major. */
  public void multiply(INDArray x, INDArray result, boolean add) {
    if (!isFast(x)) {
      Products.multiply(x, false, matrix(x.dataType()), false, result, 1, add ? 1 : 0);
    } else if (x.size(0) <= FEW_ROWS) {
      multiplyByRows(x, result, add);
    } else {
      multiplyByColumns(x, result, add);
    }
  }

  private void multiplyByRows(INDArray x, INDArray result, boolean add) {
    long step = step(CACHED_TILE, matrix.columns(), matrix.rows());
    for (long from = 0; from < matrix.rows(); from += step) {
      long to = Math.min(from + step, matrix.rows());
      INDArray tile = tile(from, to, 0, matrix.columns());
      double beta = add || from > 0 ? 1 : 0;
      Products.multiply(columns(x, from, to), false, tile, false, result, 1, beta);
    }
  }

  private void multiplyByColumns(INDArray x, INDArray result, boolean add) {
    long step = step(TILE, matrix.rows(), matrix.columns());
    for (long from = 0; from < matrix.columns(); from += step) {
      long to = Math.min(from + step, matrix.columns());
      INDArray tile = tile(0, matrix.rows(), from, to);
      Products.multiply(x, false, tile, false, columns(result, from, to), 1, add ? 1 : 0);
    }
  }

  /** {@code below = delta W'}, or with {@code add} {@code below += delta W'}; below row-major. */
  public void multiplyTransposed(INDArray delta, INDArray below, boolean add) {
    if (!isFast(delta)) {
      Products.multiply(delta, false, matrix(delta.dataType()), true, below, 1, add ? 1 : 0);
      return;
    }
    long size = delta.size(0) <= FEW_ROWS ? CACHED_TILE : TILE;
    long step = step(size, matrix.columns(), matrix.rows());
    for (long from = 0; from < matrix.rows(); from += step) {
      long to = Math.min(from + step, matrix.rows());
      INDArray tile = tile(from, to, 0, matrix.columns());
      Products.multiply(delta, false, tile, true, columns(below, from, to), 1, add ? 1 : 0);
    }
  }

  private static boolean isFast(INDArray x) {
    return x.dataType() == DataType.FLOAT && OneDnn.available();
  }

  /** How many lines of {@code length} elements make a tile, all tiles being about as large. */
  private static long step(long size, long length, long lines) {
    long most = Math.max(1, size / length);
    long tiles = (lines + most - 1) / most;
    return (lines + tiles - 1) / tiles;
  }

  private INDArray tile(long top, long bottom, long left, long right) {
    Room room = ROOM.get();
    INDArray tile = room.matrix(bottom - top, right - left);
    room.expansion(bottom - top, right - left, matrix.columns())
        .run(codes.getPointer(top * matrix.columns() + left), scales.getPointer(left), tile);
    return tile;
  }

  /** A view of columns of a matrix. */
  private static INDArray columns(INDArray matrix, long from, long to) {
    if (to - from == matrix.size(1)) {
      return matrix;
    }
    return Nd4j.create(
        matrix.data(),
        new long[] {matrix.size(0), to - from},
        new long[] {matrix.stride(0), matrix.stride(1)},
        matrix.offset() + from * matrix.stride(1),
        'c');
  }
}
