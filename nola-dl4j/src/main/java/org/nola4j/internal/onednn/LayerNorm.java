// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;

import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Layer normalization of the rows of a matrix of one shape.
 *
 * <p>Arrays are float32, row-major and contiguous: input and output [rows, columns], scale and
 * shift [columns]. Keeps the mean and variance of each row from {@link #forward} for {@link
 * #backward}. One thread at a time.
 */
public final class LayerNorm {
  private static final int FLAGS =
      normalization_flags.use_scale.value | normalization_flags.use_shift.value;

  private final memory.desc matrix;
  private final memory.desc vector;
  private final float epsilon;
  private final memory mean;
  private final memory variance;
  private final layer_normalization_forward.primitive_desc description;
  private final Operation forward;
  private Operation backward;

  /** For matrices of this shape. */
  public LayerNorm(long rows, long columns, double epsilon) {
    this.matrix = Layouts.matrix(rows, columns);
    this.vector = Layouts.vector(columns);
    this.epsilon = (float) epsilon;
    memory.desc statistics = Layouts.vector(rows);
    mean = new memory(statistics, OneDnn.engine());
    variance = new memory(statistics, OneDnn.engine());
    description =
        new layer_normalization_forward.primitive_desc(
            new layer_normalization_forward.desc(
                prop_kind.forward_training.value, matrix, statistics, this.epsilon, FLAGS),
            OneDnn.engine());
    forward = arguments(new Operation(new layer_normalization_forward(description)));
    forward.argument(DNNL_ARG_DST, matrix);
  }

  /** Normalizes each row by its own mean and variance. */
  public void forward(INDArray input, INDArray scale, INDArray shift, INDArray output) {
    bind(forward, input, scale, shift).bind(DNNL_ARG_DST, output).run();
  }

  /** The gradients of input, scale and shift, after {@link #forward} of the same input. */
  public void backward(
      INDArray input,
      INDArray scale,
      INDArray shift,
      INDArray outputGradient,
      INDArray inputGradient,
      INDArray scaleGradient,
      INDArray shiftGradient) {
    if (backward == null) {
      var backwardDescription =
          new layer_normalization_backward.primitive_desc(
              new layer_normalization_backward.desc(
                  prop_kind.backward.value,
                  matrix,
                  matrix,
                  description.mean_desc(),
                  epsilon,
                  FLAGS),
              OneDnn.engine(),
              description);
      backward = arguments(new Operation(new layer_normalization_backward(backwardDescription)));
      backward
          .argument(DNNL_ARG_DIFF_DST, matrix)
          .argument(DNNL_ARG_DIFF_SRC, matrix)
          .argument(DNNL_ARG_DIFF_SCALE, vector)
          .argument(DNNL_ARG_DIFF_SHIFT, vector);
    }
    bind(backward, input, scale, shift)
        .bind(DNNL_ARG_DIFF_DST, outputGradient)
        .bind(DNNL_ARG_DIFF_SRC, inputGradient)
        .bind(DNNL_ARG_DIFF_SCALE, scaleGradient)
        .bind(DNNL_ARG_DIFF_SHIFT, shiftGradient)
        .run();
  }

  private Operation arguments(Operation operation) {
    return operation
        .argument(DNNL_ARG_SRC, matrix)
        .argument(DNNL_ARG_MEAN, mean)
        .argument(DNNL_ARG_VARIANCE, variance)
        .argument(DNNL_ARG_SCALE, vector)
        .argument(DNNL_ARG_SHIFT, vector);
  }

  private static Operation bind(
      Operation operation, INDArray input, INDArray scale, INDArray shift) {
    return operation
        .bind(DNNL_ARG_SRC, input)
        .bind(DNNL_ARG_SCALE, scale)
        .bind(DNNL_ARG_SHIFT, shift);
  }
}
