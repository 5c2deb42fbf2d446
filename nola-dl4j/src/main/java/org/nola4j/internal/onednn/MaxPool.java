// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The largest value under a moving window, of one shape; float32 activations [batch, height, width,
 * channels]. Keeps the positions of the maxima for the backward pass, one byte per output. One
 * thread at a time.
 */
public final class MaxPool {
  private final Operation forward;
  private final Operation backward;

  /** The shape's kernel size is the window's; its channels must agree, and there is no dilation. */
  public MaxPool(ConvolutionShape shape) {
    ConvolutionShape.Window w = shape.window();
    long[] size = {w.kernelHeight(), w.kernelWidth()};
    memory.desc input =
        Layouts.nhwc(shape.batch(), shape.inChannels(), shape.inHeight(), shape.inWidth());
    memory.desc output =
        Layouts.nhwc(shape.batch(), shape.outChannels(), shape.outHeight(), shape.outWidth());
    algorithm max = algorithm.pooling_max;
    var description =
        new pooling_forward.primitive_desc(
            new pooling_forward.desc(
                prop_kind.forward_training,
                max,
                input,
                output,
                w.strides(),
                size,
                w.topLeft(),
                w.bottomRight()),
            OneDnn.engine());
    memory places = new memory(description.workspace_desc(), OneDnn.engine());
    forward =
        new Operation(new pooling_forward(description))
            .argument(DNNL_ARG_SRC, input)
            .argument(DNNL_ARG_DST, output)
            .argument(DNNL_ARG_WORKSPACE, places);
    backward =
        new Operation(
                new pooling_backward(
                    new pooling_backward.primitive_desc(
                        new pooling_backward.desc(
                            max, input, output, w.strides(), size, w.topLeft(), w.bottomRight()),
                        OneDnn.engine(),
                        description)))
            .argument(DNNL_ARG_DIFF_DST, output)
            .argument(DNNL_ARG_DIFF_SRC, input)
            .argument(DNNL_ARG_WORKSPACE, places);
  }

  /** Computes the output. */
  public void forward(INDArray input, INDArray output) {
    forward.bind(DNNL_ARG_SRC, input).bind(DNNL_ARG_DST, output).run();
  }

  /** The gradient of the input of the last forward pass. */
  public void backward(INDArray outputGradient, INDArray inputGradient) {
    backward.bind(DNNL_ARG_DIFF_DST, outputGradient).bind(DNNL_ARG_DIFF_SRC, inputGradient).run();
  }
}
