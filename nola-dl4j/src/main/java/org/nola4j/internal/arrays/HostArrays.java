// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Bulk copies between Java arrays and ND4J's, for contiguous row-major FLOAT and DOUBLE arrays. */
@SuppressWarnings("try") // scopes of workspaces are opened and closed, not used
public final class HostArrays {
  private static final boolean ON_HOST =
      Nd4j.getBackend().getClass().getSimpleName().equals("CpuBackend");

  /** Memory for a batch this many times as large is given back. */
  private static final int MOST_SPARE = 4;

  private HostArrays() {}

  /** A new row-major array outside all workspaces. */
  public static INDArray allocate(DataType type, long... shape) {
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      return Nd4j.createUninitialized(type, shape, 'c');
    }
  }

  /** The array kept from an earlier pass if it fits, else as {@link #allocate}. */
  public static INDArray fitting(INDArray kept, DataType type, long... shape) {
    boolean fits = kept != null && kept.dataType() == type && Arrays.equals(kept.shape(), shape);
    return fits ? kept : allocate(type, shape);
  }

  /** The array itself if it is row-major and contiguous, else such a copy. */
  public static INDArray plain(INDArray array) {
    return isPlain(array) ? array : array.dup('c');
  }

  /** Whether the array is row-major and contiguous. */
  public static boolean isPlain(INDArray array) {
    return array.ordering() == 'c' && !stridden(array);
  }

  /** A view of rows of a contiguous row-major matrix. */
  public static INDArray rows(INDArray matrix, long from, long to) {
    long columns = matrix.size(1);
    return Nd4j.create(
        matrix.data(),
        new long[] {to - from, columns},
        new long[] {columns, 1},
        matrix.offset() + from * columns,
        'c');
  }

  /** Copies rows of a contiguous row-major matrix over rows of another one as wide. */
  public static void copyRows(INDArray from, long fromRow, INDArray to, long toRow, long rows) {
    if (ON_HOST && from.dataType() == to.dataType()) {
      long width = from.size(1);
      Pointer source = pointer(from).getPointer(fromRow * width);
      Pointer target = pointer(to).getPointer(toRow * width);
      Pointer.memcpy(target, source, rows * width * from.dataType().width());
    } else {
      rows(to, toRow, toRow + rows).assign(rows(from, fromRow, fromRow + rows));
    }
  }

  /**
   * An array in the memory of one that this gave earlier, if that is large enough, but not many
   * times too large; else as {@link #allocate}.
   *
   * @param kept null for none
   */
  public static INDArray within(INDArray kept, DataType type, long... shape) {
    long needed = ArrayUtil.prodLong(shape);
    boolean holds =
        kept != null
            && kept.dataType() == type
            && kept.data().length() >= needed
            && kept.data().length() <= MOST_SPARE * needed;
    return holds
        ? Nd4j.create(kept.data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c', type)
        : allocate(type, shape);
  }

  /** A new row-major array outside all workspaces with these elements. */
  public static INDArray of(float[] elements, DataType type, long... shape) {
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray array = Nd4j.createFromArray(elements).reshape(shape);
      return array.dataType() == type ? array : array.castTo(type);
    }
  }

  /** As {@link #of(float[], DataType, long...)}. */
  public static INDArray of(double[] elements, DataType type, long... shape) {
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray array = Nd4j.createFromArray(elements).reshape(shape);
      return array.dataType() == type ? array : array.castTo(type);
    }
  }

  /**
   * A row-major array over elements off the heap, without a copy if ND4J computes in the same
   * memory and with the same type; read-only.
   */
  public static INDArray over(FloatBuffer elements, DataType type, long... shape) {
    if (!ON_HOST || type != DataType.FLOAT || !elements.isDirect()) {
      float[] copy = new float[elements.remaining()];
      elements.get(copy);
      return of(copy, type, shape);
    }
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      DataBuffer buffer = Nd4j.createBuffer(new FloatPointer(elements), elements.remaining(), type);
      return Nd4j.create(buffer, shape, Nd4j.getStrides(shape, 'c'), 0, 'c', type);
    }
  }

  /**
   * The elements in row-major order as float32: the array's own memory if possible, valid as long
   * as the array is in use, otherwise a copy.
   */
  public static FloatBuffer floats(INDArray array) {
    if (hasFloats(array)) {
      return new FloatPointer(pointer(array)).capacity(array.length()).asBuffer();
    }
    INDArray copy = array.castTo(DataType.FLOAT).dup('c');
    FloatBuffer floats = FloatBuffer.wrap(copy.data().asFloat());
    if (copy.closeable()) {
      copy.close(); // now, instead of when Java's heap is full
    }
    return floats;
  }

  private static boolean hasFloats(INDArray array) {
    return ON_HOST
        && array.dataType() == DataType.FLOAT
        && isPlain(array)
        && array.length() <= Integer.MAX_VALUE / Float.BYTES;
  }

  /** Writes a value to each element, by its index in row-major order. */
  public static void fill(INDArray to, IntToDoubleFunction values) {
    int length = Math.toIntExact(to.length());
    if (hasFloats(to)) {
      FloatBuffer elements = floats(to);
      for (int i = 0; i < length; i++) {
        elements.put(i, (float) values.applyAsDouble(i));
      }
    } else {
      double[] elements = new double[length];
      Arrays.setAll(elements, values);
      to.assign(Nd4j.createFromArray(elements).reshape('c', to.shape()).castTo(to.dataType()));
    }
  }

  /** Copies an array's elements out, in row-major order. */
  public static void read(INDArray from, float[] to) {
    if (ON_HOST && isPlain(from)) {
      ((FloatPointer) pointer(from)).get(to);
    } else {
      System.arraycopy(from.dup('c').data().asFloat(), 0, to, 0, to.length);
    }
  }

  /** As {@link #read(INDArray, float[])}. */
  public static void read(INDArray from, double[] to) {
    if (ON_HOST && isPlain(from)) {
      ((DoublePointer) pointer(from)).get(to);
    } else {
      System.arraycopy(from.dup('c').data().asDouble(), 0, to, 0, to.length);
    }
  }

  /** Copies elements in, in row-major order. */
  public static void write(float[] from, INDArray to) {
    if (ON_HOST && isPlain(to)) {
      ((FloatPointer) pointer(to)).put(from);
    } else {
      to.assign(Nd4j.createFromArray(from).reshape(to.shape()));
    }
  }

  /** As {@link #write(float[], INDArray)}. */
  public static void write(double[] from, INDArray to) {
    if (ON_HOST && isPlain(to)) {
      ((DoublePointer) pointer(to)).put(from);
    } else {
      to.assign(Nd4j.createFromArray(from).reshape(to.shape()));
    }
  }

  private static boolean stridden(INDArray array) {
    return array.elementWiseStride() != 1;
  }

  private static Pointer pointer(INDArray array) {
    return array.data().addressPointer();
  }
}
