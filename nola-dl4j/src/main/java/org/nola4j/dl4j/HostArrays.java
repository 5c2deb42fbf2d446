package org.nola4j.dl4j;

import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Bulk copies between Java arrays and ND4J's, for contiguous row-major FLOAT and DOUBLE arrays. */
public final class HostArrays {
  private static final boolean ON_HOST =
      Nd4j.getBackend().getClass().getSimpleName().equals("CpuBackend");

  private HostArrays() {}

  /** A new row-major array outside all workspaces. */
  public static INDArray allocate(DataType type, long... shape) {
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      return Nd4j.createUninitialized(type, shape, 'c');
    }
  }

  /** The array kept from an earlier pass where it fits, else as {@link #allocate}. */
  public static INDArray fitting(INDArray kept, DataType type, long... shape) {
    boolean fits = kept != null && kept.dataType() == type && Arrays.equals(kept.shape(), shape);
    return fits ? kept : allocate(type, shape);
  }

  /** A new row-major array outside all workspaces with these elements. */
  public static INDArray of(float[] elements, DataType type, long... shape) {
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray array = Nd4j.createFromArray(elements).reshape(shape);
      return array.dataType() == type ? array : array.castTo(type);
    }
  }

  /** Copies an array's elements out, in row-major order. */
  public static void read(INDArray from, float[] to) {
    if (ON_HOST && from.ordering() == 'c' && !stridden(from)) {
      ((FloatPointer) pointer(from)).get(to);
    } else {
      System.arraycopy(from.dup('c').data().asFloat(), 0, to, 0, to.length);
    }
  }

  /** As {@link #read(INDArray, float[])}. */
  public static void read(INDArray from, double[] to) {
    if (ON_HOST && from.ordering() == 'c' && !stridden(from)) {
      ((DoublePointer) pointer(from)).get(to);
    } else {
      System.arraycopy(from.dup('c').data().asDouble(), 0, to, 0, to.length);
    }
  }

  /** Copies elements in, in row-major order. */
  public static void write(float[] from, INDArray to) {
    if (ON_HOST && to.ordering() == 'c' && !stridden(to)) {
      ((FloatPointer) pointer(to)).put(from);
    } else {
      to.assign(Nd4j.createFromArray(from).reshape(to.shape()));
    }
  }

  /** As {@link #write(float[], INDArray)}. */
  public static void write(double[] from, INDArray to) {
    if (ON_HOST && to.ordering() == 'c' && !stridden(to)) {
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
