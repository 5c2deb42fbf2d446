// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code result = x W + b}, or added to what is there, in one go.
 *
 * <p>Arrays are float32, row-major and contiguous: x [rows, inputs], W [inputs, outputs], b
 * [outputs], result [rows, outputs]. One thread at a time.
 */
public final class InnerProduct {
  private final Operation operation;

  /**
   * For arrays of these shapes.
   *
   * @param bias whether there is a b
   * @param add whether the result is added
   */
  public InnerProduct(long rows, long inputs, long outputs, boolean bias, boolean add) {
    memory.desc x = Layouts.matrix(rows, inputs);
    memory.desc weight = Layouts.strided(new long[] {outputs, inputs}, 1, outputs);
    memory.desc result = Layouts.matrix(rows, outputs);
    primitive_attr attributes = new primitive_attr();
    if (add) {
      post_ops after = new post_ops();
      after.append_sum();
      attributes.set_post_ops(after);
    }
    memory.desc row = Layouts.vector(outputs);
    inner_product_forward.desc description =
        bias
            ? new inner_product_forward.desc(prop_kind.forward_inference, x, weight, row, result)
            : new inner_product_forward.desc(prop_kind.forward_inference, x, weight, result);
    operation =
        new Operation(
                new inner_product_forward(
                    new inner_product_forward.primitive_desc(
                        description, attributes, OneDnn.engine())))
            .argument(DNNL_ARG_SRC, x)
            .argument(DNNL_ARG_WEIGHTS, weight)
            .argument(DNNL_ARG_DST, result);
    if (bias) {
      operation.argument(DNNL_ARG_BIAS, row);
    }
  }

  /**
   * Computes the result.
   *
   * @param bias null where there is none
   */
  public void forward(INDArray x, INDArray weight, INDArray bias, INDArray result) {
    operation.bind(DNNL_ARG_SRC, x).bind(DNNL_ARG_WEIGHTS, weight).bind(DNNL_ARG_DST, result);
    if (bias != null) {
      operation.bind(DNNL_ARG_BIAS, bias);
    }
    operation.run();
  }
}
