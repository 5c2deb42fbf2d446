// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Row-major float arrays: copies from and to ND4J arrays of any type and order, and checks. */
public final class FloatArrays {
  private FloatArrays() {}

  /** A copy even of a float array: it may be a view, or column-major. */
  public static float[] read(INDArray array) {
    return array.castTo(DataType.FLOAT).dup('c').data().asFloat();
  }

  /** Copies the values into an array, converting them to its type and order. */
  public static void write(float[] values, INDArray to) {
    to.assign(Nd4j.createFromArray(values).reshape('c', to.shape()).castTo(to.dataType()));
  }

  /**
   * Returns the numbers if all of them are finite.
   *
   * @param what they are, for the message
   * @throws ArithmeticException if one is NaN or infinite
   */
  public static float[] requireFinite(float[] values, Supplier<String> what) {
    int bad = firstNotFinite(values);
    if (bad >= 0) {
      throw new ArithmeticException(
          "%s would have %s at %d, since its factors are too large: nothing was written"
              .formatted(what.get(), values[bad], bad));
    }
    return values;
  }

  /** Index of the first NaN or infinite number, or -1. */
  public static int firstNotFinite(float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }
}
