// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Products of float32 matrices. Not faster than OpenBLAS's by itself, but on the threads of all
 * other operations here: two pools of threads that wait for work take each other's cores.
 */
public final class MatrixProduct {
  private MatrixProduct() {}

  /** Whether the matrix's rows are contiguous, one behind the other with or without gaps. */
  public static boolean takes(INDArray matrix) {
    return matrix.dataType() == DataType.FLOAT
        && matrix.rank() == 2
        && (matrix.stride(1) == 1 || matrix.size(1) == 1)
        && (matrix.stride(0) >= matrix.size(1) || matrix.size(0) == 1)
        && !matrix.isEmpty();
  }

  /**
   * {@code result = alpha * a b + beta * result}, each of a and b as it is or transposed, all of
   * which it {@link #takes}.
   */
  public static void multiply(
      INDArray a,
      boolean transposeA,
      INDArray b,
      boolean transposeB,
      INDArray result,
      double alpha,
      double beta) {
    long inner = a.size(transposeA ? 0 : 1);
    if (inner != b.size(transposeB ? 1 : 0)
        || result.size(0) != a.size(transposeA ? 1 : 0)
        || result.size(1) != b.size(transposeB ? 0 : 1)) {
      throw new IllegalArgumentException(
          "matrices of shapes %s%s and %s%s have no product of shape %s"
              .formatted(
                  a.shapeInfoToString(),
                  transposeA ? " transposed" : "",
                  b.shapeInfoToString(),
                  transposeB ? " transposed" : "",
                  result.shapeInfoToString()));
    }
    int status =
        dnnl_sgemm(
            flag(transposeA),
            flag(transposeB),
            result.size(0),
            result.size(1),
            inner,
            (float) alpha,
            elements(a),
            rowLength(a),
            elements(b),
            rowLength(b),
            (float) beta,
            elements(result),
            rowLength(result));
    if (status != dnnl_success) {
      throw new IllegalStateException("oneDNN's matrix product failed with status " + status);
    }
  }

  private static byte flag(boolean transpose) {
    return (byte) (transpose ? 'T' : 'N');
  }

  private static FloatPointer elements(INDArray matrix) {
    return (FloatPointer) matrix.data().addressPointer();
  }

  /** Elements from the begin of a row to that of the next, of a matrix that this takes. */
  public static long rowLength(INDArray matrix) {
    return matrix.size(0) == 1 ? matrix.size(1) : matrix.stride(0);
  }
}
