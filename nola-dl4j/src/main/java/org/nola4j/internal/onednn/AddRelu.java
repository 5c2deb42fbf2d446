// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code max(0, a + b)} in one pass over float32 arrays of one length; one thread at a time.
 *
 * <p>The backward pass needs the result only.
 */
public final class AddRelu {
  private final memory.desc vector;
  private final Operation forward;
  private Operation backward;

  /** For arrays of this many elements. */
  public AddRelu(long length) {
    vector = Layouts.vector(length);
    post_ops relu = new post_ops();
    relu.append_eltwise(1f, algorithm.eltwise_relu, 0f, 0f);
    primitive_attr attributes = new primitive_attr();
    attributes.set_post_ops(relu);
    forward =
        new Operation(
                new binary(
                    new binary.primitive_desc(
                        new binary.desc(algorithm.binary_add, vector, vector, vector),
                        attributes,
                        OneDnn.engine())))
            .argument(DNNL_ARG_SRC_0, vector)
            .argument(DNNL_ARG_SRC_1, vector)
            .argument(DNNL_ARG_DST, vector);
  }

  /** Computes the result. */
  public void forward(INDArray a, INDArray b, INDArray result) {
    forward.bind(DNNL_ARG_SRC_0, a).bind(DNNL_ARG_SRC_1, b).bind(DNNL_ARG_DST, result).run();
  }

  /** The gradient of both a and b. */
  public void backward(INDArray result, INDArray resultGradient, INDArray gradient) {
    if (backward == null) {
      algorithm relu = algorithm.eltwise_relu_use_dst_for_bwd;
      var hint =
          new eltwise_forward.primitive_desc(
              new eltwise_forward.desc(prop_kind.forward_training, relu, vector, 0f, 0f),
              OneDnn.engine());
      backward =
          new Operation(
                  new eltwise_backward(
                      new eltwise_backward.primitive_desc(
                          new eltwise_backward.desc(relu, vector, vector, 0f, 0f),
                          OneDnn.engine(),
                          hint)))
              .argument(DNNL_ARG_DST, vector)
              .argument(DNNL_ARG_DIFF_DST, vector)
              .argument(DNNL_ARG_DIFF_SRC, vector);
    }
    backward
        .bind(DNNL_ARG_DST, result)
        .bind(DNNL_ARG_DIFF_DST, resultGradient)
        .bind(DNNL_ARG_DIFF_SRC, gradient)
        .run();
  }
}
