// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Batch normalization of one shape, with or without a ReLU behind it in the same pass.
 *
 * <p>Arrays are float32, row-major and contiguous: activations [batch, height, width, channels],
 * scale and shift together [2, channels], mean and variance (biased) [channels]. With a ReLU a
 * training pass keeps one bit per activation for the backward pass.
 *
 * <p>One instance serves one thread at a time.
 */
public final class BatchNorm {
  private final memory.desc activations;
  private final long channels;
  private final float epsilon;
  private final boolean relu;
  private batch_normalization_forward.primitive_desc trainingDescription;
  private memory workspace;
  private Operation training;
  private Operation inference;
  private Operation backward;

  /** For activations of this shape. */
  public BatchNorm(
      long batch, long height, long width, long channels, double epsilon, boolean relu) {
    this.activations = Layouts.nhwc(batch, channels, height, width);
    this.channels = channels;
    this.epsilon = (float) epsilon;
    this.relu = relu;
  }

  /** Normalizes by the batch's own mean and variance, which it writes. */
  public void train(
      INDArray input, INDArray scaleShift, INDArray mean, INDArray variance, INDArray output) {
    if (training == null) {
      trainingDescription = describe(prop_kind.forward_training, 0);
      training = arguments(new Operation(new batch_normalization_forward(trainingDescription)));
      training.argument(DNNL_ARG_DST, activations);
      if (relu) {
        workspace = new memory(trainingDescription.workspace_desc(), OneDnn.engine());
        training.argument(DNNL_ARG_WORKSPACE, workspace);
      }
    }
    bind(training, input, scaleShift, mean, variance).bind(DNNL_ARG_DST, output).run();
  }

  /** Normalizes by this mean and variance. */
  public void infer(
      INDArray input, INDArray scaleShift, INDArray mean, INDArray variance, INDArray output) {
    if (inference == null) {
      var description =
          describe(prop_kind.forward_inference, normalization_flags.use_global_stats.value);
      inference = arguments(new Operation(new batch_normalization_forward(description)));
      inference.argument(DNNL_ARG_DST, activations);
    }
    bind(inference, input, scaleShift, mean, variance).bind(DNNL_ARG_DST, output).run();
  }

  /** The gradients of input, scale and shift after {@link #train} with the same arrays. */
  public void backward(
      INDArray input,
      INDArray scaleShift,
      INDArray mean,
      INDArray variance,
      INDArray outputGradient,
      INDArray inputGradient,
      INDArray scaleShiftGradient) {
    if (backward == null) {
      var description =
          new batch_normalization_backward.primitive_desc(
              new batch_normalization_backward.desc(
                  prop_kind.backward.value, activations, activations, epsilon, flags(0)),
              OneDnn.engine(),
              trainingDescription);
      backward = arguments(new Operation(new batch_normalization_backward(description)));
      backward
          .argument(DNNL_ARG_DIFF_DST, activations)
          .argument(DNNL_ARG_DIFF_SRC, activations)
          .argument(DNNL_ARG_DIFF_SCALE_SHIFT, Layouts.matrix(2, channels));
      if (relu) {
        backward.argument(DNNL_ARG_WORKSPACE, workspace);
      }
    }
    bind(backward, input, scaleShift, mean, variance)
        .bind(DNNL_ARG_DIFF_DST, outputGradient)
        .bind(DNNL_ARG_DIFF_SRC, inputGradient)
        .bind(DNNL_ARG_DIFF_SCALE_SHIFT, scaleShiftGradient)
        .run();
  }

  private batch_normalization_forward.primitive_desc describe(prop_kind kind, int further) {
    return new batch_normalization_forward.primitive_desc(
        new batch_normalization_forward.desc(kind.value, activations, epsilon, flags(further)),
        OneDnn.engine());
  }

  private int flags(int further) {
    return further
        | normalization_flags.use_scale_shift.value
        | (relu ? normalization_flags.fuse_norm_relu.value : 0);
  }

  private Operation arguments(Operation operation) {
    return operation
        .argument(DNNL_ARG_SRC, activations)
        .argument(DNNL_ARG_SCALE_SHIFT, Layouts.matrix(2, channels))
        .argument(DNNL_ARG_MEAN, Layouts.vector(channels))
        .argument(DNNL_ARG_VARIANCE, Layouts.vector(channels));
  }

  private static Operation bind(
      Operation operation, INDArray input, INDArray scaleShift, INDArray mean, INDArray variance) {
    return operation
        .bind(DNNL_ARG_SRC, input)
        .bind(DNNL_ARG_SCALE_SHIFT, scaleShift)
        .bind(DNNL_ARG_MEAN, mean)
        .bind(DNNL_ARG_VARIANCE, variance);
  }
}
