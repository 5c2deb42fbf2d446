// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function on float32 arrays of one length; one thread at a time. */
public final class Elementwise {
  /** The functions. */
  public enum Function {
    /** x Phi(x), with Phi the normal distribution. */
    GELU(algorithm.eltwise_gelu_erf),
    /** The tanh approximation by Hendrycks and Gimpel. */
    GELU_TANH(algorithm.eltwise_gelu_tanh),
    /** max(0, x). */
    RELU(algorithm.eltwise_relu);

    private final algorithm kind;

    Function(algorithm kind) {
      this.kind = kind;
    }
  }

  private final Operation forward;
  private final Operation backward;

  /** For arrays of this many elements. */
  public Elementwise(Function function, long length) {
    memory.desc vector = Layouts.vector(length);
    var description =
        new eltwise_forward.primitive_desc(
            new eltwise_forward.desc(prop_kind.forward_training, function.kind, vector, 0f, 0f),
            OneDnn.engine());
    forward =
        new Operation(new eltwise_forward(description))
            .argument(DNNL_ARG_SRC, vector)
            .argument(DNNL_ARG_DST, vector);
    backward =
        new Operation(
                new eltwise_backward(
                    new eltwise_backward.primitive_desc(
                        new eltwise_backward.desc(function.kind, vector, vector, 0f, 0f),
                        OneDnn.engine(),
                        description)))
            .argument(DNNL_ARG_SRC, vector)
            .argument(DNNL_ARG_DIFF_DST, vector)
            .argument(DNNL_ARG_DIFF_SRC, vector);
  }

  /** Computes the output. */
  public void forward(INDArray input, INDArray output) {
    forward.bind(DNNL_ARG_SRC, input).bind(DNNL_ARG_DST, output).run();
  }

  /**
   * Computes the gradient of the input from that of the output.
   *
   * @param result may be either of the others: each element depends on those at its place only
   */
  public void backward(INDArray input, INDArray gradient, INDArray result) {
    backward
        .bind(DNNL_ARG_SRC, input)
        .bind(DNNL_ARG_DIFF_DST, gradient)
        .bind(DNNL_ARG_DIFF_SRC, result)
        .run();
  }
}
