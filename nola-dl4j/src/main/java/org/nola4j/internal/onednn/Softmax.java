// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.logsoftmax_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.softmax_forward;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Softmax of the rows of float32 matrices of one shape, row-major and contiguous, or its logarithm,
 * in place. One thread at a time.
 */
public final class Softmax {
  private final long rows;
  private final long columns;
  private final Operation operation;

  /** For matrices of this shape. */
  public Softmax(long rows, long columns, boolean logarithm) {
    this.rows = rows;
    this.columns = columns;
    memory.desc matrix = Layouts.matrix(rows, columns);
    operation =
        new Operation(logarithm ? logarithm(matrix) : softmax(matrix))
            .argument(DNNL_ARG_SRC, matrix)
            .argument(DNNL_ARG_DST, matrix);
  }

  private static primitive softmax(memory.desc matrix) {
    return new softmax_forward(
        new softmax_forward.primitive_desc(
            new softmax_forward.desc(prop_kind.forward_inference, matrix, 1), OneDnn.engine()));
  }

  private static primitive logarithm(memory.desc matrix) {
    return new logsoftmax_forward(
        new logsoftmax_forward.primitive_desc(
            new logsoftmax_forward.desc(prop_kind.forward_inference, matrix, 1), OneDnn.engine()));
  }

  /** Whether it is for matrices of this shape. */
  public boolean isFor(long rows, long columns) {
    return this.rows == rows && this.columns == columns;
  }

  /** Replaces each row. */
  public void apply(INDArray matrix) {
    operation.bind(DNNL_ARG_SRC, matrix).bind(DNNL_ARG_DST, matrix).run();
  }
}
