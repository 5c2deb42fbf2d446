package org.nola4j.adapter;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Copies between ND4J's arrays of any type and order and row-major Java arrays. */
final class Numbers {
  private Numbers() {}

  /** A copy even of a float array: it may be a view, or column-major. */
  static float[] read(INDArray array) {
    return array.castTo(DataType.FLOAT).dup('c').data().asFloat();
  }

  static void write(float[] values, INDArray to) {
    to.assign(Nd4j.createFromArray(values).reshape('c', to.shape()).castTo(to.dataType()));
  }

  /** Index of the first NaN or infinite number, or -1. */
  static int firstNotFinite(float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }
}
