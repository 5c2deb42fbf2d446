// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.internal.onednn.Softmax;

/** Softmax of the rows of row-major contiguous matrices, or its logarithm, in place. */
final class RowSoftmax {
  private final boolean logarithms;
  private Softmax primitive;

  private RowSoftmax(boolean logarithms) {
    this.logarithms = logarithms;
  }

  static RowSoftmax ofProbabilities() {
    return new RowSoftmax(false);
  }

  static RowSoftmax ofLogarithms() {
    return new RowSoftmax(true);
  }

  void apply(INDArray matrix) {
    if (matrix.dataType() == DataType.FLOAT && OneDnn.available()) {
      if (primitive == null || !primitive.isFor(matrix.size(0), matrix.size(1))) {
        primitive = new Softmax(matrix.size(0), matrix.size(1), logarithms);
      }
      primitive.apply(matrix);
      return;
    }
    matrix.subiColumnVector(matrix.max(true, 1));
    if (logarithms) {
      INDArray sums = Transforms.exp(matrix, true).sum(true, 1);
      matrix.subiColumnVector(Transforms.log(sums, false));
    } else {
      Transforms.exp(matrix, false);
      matrix.diviColumnVector(matrix.sum(true, 1));
    }
  }
}
