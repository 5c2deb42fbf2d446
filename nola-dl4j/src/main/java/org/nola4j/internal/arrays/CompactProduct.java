// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.onednn.Bfloat16Product;
import org.nola4j.internal.onednn.FloatConversion;
import org.nola4j.internal.onednn.MatrixProduct;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.quantization.Bfloat16Matrix;
import org.nola4j.quantization.ColumnCodes;
import org.nola4j.quantization.CompactMatrix;

/**
 * Products with a matrix of fewer bits than float32.
 *
 * <p>8-bit integers: a tile at a time becomes float32 in memory that all matrices of a thread
 * share, and is multiplied as any other. The results are those of the {@linkplain
 * CompactMatrix#values() values} in float32, on every processor, and the conversion costs one
 * operation an element, which is little beside a product of many rows. A tile of many rows' product
 * is large enough for the product to be fast; that of a few rows stays in the processor's cache, so
 * that the matrix is read from memory as bytes only.
 *
 * <p>bfloat16: where the processor multiplies such numbers, the other matrix is rounded to them
 * too, and the product takes half of float32's time; elsewhere it is computed in tiles as above.
 *
 * <p>With the system property {@code nola4j.bfloat16=true} tiles of 8-bit integers become bfloat16
 * for products of many rows where the processor multiplies such numbers: rounded by at most 2^-8 of
 * each number, like the other matrix, for half of the product's time.
 *
 * <p>Memory: at most 16 MiB per thread, 128 MiB with that property, or one row or column of the
 * matrix, and two bytes per element of a rounded matrix.
 */
public final class CompactProduct {
  private static final long TILE = 1 << 22;

  /** A product in bfloat16 is so fast that only whole matrices are large enough. */
  private static final long HALF_TILE = 1 << 26;

  private static final long CACHED_TILE = 1 << 16;

  /** Up to so many rows the matrix is converted in small tiles. */
  private static final long FEW_ROWS = 16;

  private static final boolean ROUNDED = Boolean.getBoolean("nola4j.bfloat16");

  private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

  /** A thread's memory and primitives. */
  private static final class Room {
    private INDArray elements;
    private INDArray rounded;
    private final Map<Tile, FloatConversion> conversions = new Latest<>();
    private final Map<Bfloat16Product.Shape, Bfloat16Product> products = new Latest<>();

    INDArray matrix(long rows, long columns) {
      if (elements == null || elements.length() < rows * columns) {
        elements = HostArrays.allocate(DataType.FLOAT, rows * columns);
      }
      return Nd4j.create(
          elements.data(), new long[] {rows, columns}, new long[] {columns, 1}, 0, 'c');
    }

    /** Room for so many bfloat16 numbers. */
    Pointer rounded(long numbers) {
      long floats = (numbers + 1) / 2;
      if (rounded == null || rounded.length() < floats) {
        rounded = HostArrays.allocate(DataType.FLOAT, floats);
      }
      return rounded.data().addressPointer();
    }
  }

  private record Tile(boolean scaled, boolean half, long rows, long columns, long rowLength) {
    FloatConversion conversion() {
      return new FloatConversion(scaled, half, rows, columns, rowLength);
    }
  }

  /** Primitives that were used last; each takes a few kilobytes. */
  private static final class Latest<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    /** More shapes than a large model has. */
    private static final int MOST = 64;

    Latest() {
      super(MOST, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > MOST;
    }
  }

  private final CompactMatrix matrix;
  private final Pointer elements;

  /** Of the columns of 8-bit integers; null for bfloat16. */
  private final FloatPointer scales;

  /** Whether 8-bit integers are multiplied as bfloat16, given enough rows. */
  private final boolean rounded;

  /** With this matrix. */
  public CompactProduct(CompactMatrix matrix) {
    this(matrix, ROUNDED);
  }

  CompactProduct(CompactMatrix matrix, boolean rounded) {
    this.matrix = matrix;
    this.rounded = rounded;
    if (matrix instanceof ColumnCodes codes) {
      this.elements = new BytePointer(codes.codes());
      this.scales = new FloatPointer(codes.scales());
    } else {
      this.elements = new ShortPointer(((Bfloat16Matrix) matrix).elements());
      this.scales = null;
    }
  }

  /** The whole matrix, a new array. */
  public INDArray matrix(DataType type) {
    return HostArrays.of(matrix.values(), type, matrix.rows(), matrix.columns());
  }

  /** Copies some rows, one below the other. */
  public void copyRows(int[] rows, INDArray to) {
    float[] row = new float[matrix.columns()];
    for (int i = 0; i < rows.length; i++) {
      matrix.copyRow(rows[i], row);
      HostArrays.rows(to, i, i + 1).assign(HostArrays.of(row, to.dataType(), 1, row.length));
    }
  }

  /** {@code result = x W}, or with {@code add} {@code result += x W}; result row-major. */
  public void multiply(INDArray x, INDArray result, boolean add) {
    if (!isFast(x)) {
      Products.multiply(x, false, matrix(x.dataType()), false, result, 1, add ? 1 : 0);
    } else if (isHalf()) {
      multiplyHalf(x, false, elements, result, add);
    } else if (x.size(0) <= FEW_ROWS) {
      multiplyByRows(x, result, add);
    } else {
      multiplyByColumns(x, result, add);
    }
  }

  /**
   * Multiplies with a part of the matrix in bfloat16.
   *
   * @param half the part's elements, row-major
   */
  private static void multiplyHalf(
      INDArray x, boolean transposed, Pointer half, INDArray result, boolean add) {
    INDArray plain = MatrixProduct.takes(x) ? x : x.dup('c');
    Bfloat16Product.Shape shape =
        new Bfloat16Product.Shape(
            x.size(0),
            x.size(1),
            result.size(1),
            transposed,
            add,
            MatrixProduct.rowLength(plain),
            MatrixProduct.rowLength(result));
    Room room = ROOM.get();
    room.products
        .computeIfAbsent(shape, Bfloat16Product::new)
        .run(plain, room.rounded(x.length()), half, result);
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
    long step = step(tileOf(x), matrix.rows(), matrix.columns());
    for (long from = 0; from < matrix.columns(); from += step) {
      long to = Math.min(from + step, matrix.columns());
      INDArray part = columns(result, from, to);
      if (isRounded(x)) {
        multiplyHalf(x, false, halfTile(0, matrix.rows(), from, to), part, add);
      } else {
        Products.multiply(x, false, tile(0, matrix.rows(), from, to), false, part, 1, add ? 1 : 0);
      }
    }
  }

  /** {@code below = delta W'}, or with {@code add} {@code below += delta W'}; below row-major. */
  public void multiplyTransposed(INDArray delta, INDArray below, boolean add) {
    if (!isFast(delta)) {
      Products.multiply(delta, false, matrix(delta.dataType()), true, below, 1, add ? 1 : 0);
      return;
    }
    if (isHalf()) {
      multiplyHalf(delta, true, elements, below, add);
      return;
    }
    long step = step(tileOf(delta), matrix.columns(), matrix.rows());
    for (long from = 0; from < matrix.rows(); from += step) {
      long to = Math.min(from + step, matrix.rows());
      INDArray part = columns(below, from, to);
      if (isRounded(delta)) {
        multiplyHalf(delta, true, halfTile(from, to, 0, matrix.columns()), part, add);
      } else {
        INDArray tile = tile(from, to, 0, matrix.columns());
        Products.multiply(delta, false, tile, true, part, 1, add ? 1 : 0);
      }
    }
  }

  private static boolean isFast(INDArray x) {
    return x.dataType() == DataType.FLOAT && OneDnn.available();
  }

  /** Whether products are computed in bfloat16. */
  private boolean isHalf() {
    return scales == null && Bfloat16Product.isNative();
  }

  /** Few rows take as long as reading the matrix, and gain nothing. */
  private boolean isRounded(INDArray x) {
    return rounded && scales != null && x.size(0) > FEW_ROWS && Bfloat16Product.isNative();
  }

  /** The elements of a tile for a product with these rows. */
  private long tileOf(INDArray x) {
    if (x.size(0) <= FEW_ROWS) {
      return CACHED_TILE;
    }
    return isRounded(x) ? HALF_TILE : TILE;
  }

  /** How many lines of {@code length} elements make a tile, all tiles being about as large. */
  private static long step(long size, long length, long lines) {
    long most = Math.max(1, size / length);
    long tiles = (lines + most - 1) / most;
    return (lines + tiles - 1) / tiles;
  }

  private INDArray tile(long top, long bottom, long left, long right) {
    INDArray result = ROOM.get().matrix(bottom - top, right - left);
    convert(false, top, bottom, left, right, result.data().addressPointer());
    return result;
  }

  /** As {@link #tile}, in bfloat16. */
  private Pointer halfTile(long top, long bottom, long left, long right) {
    long floats = ((bottom - top) * (right - left) + 1) / 2;
    Pointer result = ROOM.get().matrix(1, floats).data().addressPointer();
    convert(true, top, bottom, left, right, result);
    return result;
  }

  private void convert(boolean half, long top, long bottom, long left, long right, Pointer result) {
    Tile tile = new Tile(scales != null, half, bottom - top, right - left, matrix.columns());
    ROOM.get()
        .conversions
        .computeIfAbsent(tile, Tile::conversion)
        .run(
            elements.getPointer(top * matrix.columns() + left),
            scales == null ? null : scales.getPointer(left),
            result);
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
