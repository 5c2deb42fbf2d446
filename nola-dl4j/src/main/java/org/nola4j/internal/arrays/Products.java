// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.onednn.MatrixProduct;
import org.nola4j.internal.onednn.OneDnn;

/** Matrix products into existing row-major arrays, where {@code mmuli} is slow. */
public final class Products {
  private Products() {}

  /** {@code result = alpha * a b + beta * result}, each of a and b as it is or transposed. */
  public static void multiply(
      INDArray a,
      boolean transposeA,
      INDArray b,
      boolean transposeB,
      INDArray result,
      double alpha,
      double beta) {
    if (OneDnn.available()
        && MatrixProduct.takes(a)
        && MatrixProduct.takes(b)
        && MatrixProduct.takes(result)) {
      MatrixProduct.multiply(a, transposeA, b, transposeB, result, alpha, beta);
      return;
    }
    MMulTranspose transpose =
        MMulTranspose.builder().transposeA(transposeA).transposeB(transposeB).build();
    Nd4j.exec(new Mmul(a, b, result, alpha, beta, transpose));
  }

  /** The sum of a matrix's rows, as a product, which is far faster than ND4J's reduction. */
  public static void sumRows(INDArray matrix, INDArray result) {
    INDArray ones = Nd4j.ones(matrix.dataType(), 1, matrix.size(0));
    multiply(ones, false, matrix, false, result, 1, 0);
  }
}
