package org.nola4j.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution of one shape with both its gradients.
 *
 * <p>Arrays are float32, row-major and contiguous: activations [batch, height, width, channels],
 * kernels [out, height, in, width], biases [out]. Primitives are made when first needed. Memory
 * beyond the arguments: the kernel up to three times, in the layouts that the primitives like.
 *
 * <p>One instance serves one thread at a time.
 */
public final class Convolution {
  private final ConvolutionShape shape;
  private final memory.desc input;
  private final memory.desc output;
  private final memory.desc plainKernel;
  private final memory.desc anyKernel;
  private final convolution_forward.primitive_desc forwardDescription;

  private final Operation forward;
  private final Reorder forwardKernel;
  private Operation backwardData;
  private Reorder backwardKernel;
  private Operation backwardWeights;
  private Reorder kernelGradient;

  /** Makes the forward primitive. */
  public Convolution(ConvolutionShape shape) {
    this.shape = shape;
    ConvolutionShape.Window w = shape.window();
    input = Layouts.nhwc(shape.batch(), shape.inChannels(), shape.inHeight(), shape.inWidth());
    output = Layouts.nhwc(shape.batch(), shape.outChannels(), shape.outHeight(), shape.outWidth());
    plainKernel =
        Layouts.kernel(shape.outChannels(), shape.inChannels(), w.kernelHeight(), w.kernelWidth());
    anyKernel =
        Layouts.anyKernel(
            shape.outChannels(), shape.inChannels(), w.kernelHeight(), w.kernelWidth());
    forwardDescription = describeForward();
    forward = new Operation(new convolution_forward(forwardDescription));
    forward.argument(DNNL_ARG_SRC, input).argument(DNNL_ARG_DST, output);
    if (shape.bias()) {
      forward.argument(DNNL_ARG_BIAS, Layouts.vector(shape.outChannels()));
    }
    forwardKernel = Reorder.into(plainKernel, forwardDescription.weights_desc());
    forward.argument(DNNL_ARG_WEIGHTS, forwardKernel.inner);
  }

  /**
   * {@code output = input * kernel + bias}.
   *
   * @param bias null where the shape says that there is none
   */
  public void forward(INDArray input, INDArray kernel, INDArray bias, INDArray output) {
    forwardKernel.in(kernel);
    forward.bind(DNNL_ARG_SRC, input).bind(DNNL_ARG_DST, output);
    if (shape.bias()) {
      forward.bind(DNNL_ARG_BIAS, bias);
    }
    forward.run();
  }

  /** The gradient of the input. */
  public void backwardData(INDArray outputGradient, INDArray kernel, INDArray inputGradient) {
    if (backwardData == null) {
      var description = describeBackwardData();
      backwardData = new Operation(new convolution_backward_data(description));
      backwardData.argument(DNNL_ARG_DIFF_DST, output).argument(DNNL_ARG_DIFF_SRC, input);
      backwardKernel = Reorder.into(plainKernel, description.weights_desc());
      backwardData.argument(DNNL_ARG_WEIGHTS, backwardKernel.inner);
    }
    backwardKernel.in(kernel);
    backwardData
        .bind(DNNL_ARG_DIFF_DST, outputGradient)
        .bind(DNNL_ARG_DIFF_SRC, inputGradient)
        .run();
  }

  /**
   * The gradients of kernel and bias.
   *
   * @param biasGradient null where the shape says that there is none
   */
  public void backwardWeights(
      INDArray input, INDArray outputGradient, INDArray kernelGradient, INDArray biasGradient) {
    if (backwardWeights == null) {
      var description = describeBackwardWeights();
      backwardWeights = new Operation(new convolution_backward_weights(description));
      backwardWeights.argument(DNNL_ARG_SRC, this.input).argument(DNNL_ARG_DIFF_DST, output);
      if (shape.bias()) {
        backwardWeights.argument(DNNL_ARG_DIFF_BIAS, Layouts.vector(shape.outChannels()));
      }
      this.kernelGradient = Reorder.outOf(description.diff_weights_desc(), plainKernel);
      backwardWeights.argument(DNNL_ARG_DIFF_WEIGHTS, this.kernelGradient.inner);
    }
    backwardWeights.bind(DNNL_ARG_SRC, input).bind(DNNL_ARG_DIFF_DST, outputGradient);
    if (shape.bias()) {
      backwardWeights.bind(DNNL_ARG_DIFF_BIAS, biasGradient);
    }
    backwardWeights.run();
    this.kernelGradient.out(kernelGradient);
  }

  private convolution_forward.primitive_desc describeForward() {
    ConvolutionShape.Window w = shape.window();
    var description =
        shape.bias()
            ? new convolution_forward.desc(
                prop_kind.forward_training,
                algorithm.convolution_direct,
                input,
                anyKernel,
                Layouts.vector(shape.outChannels()),
                output,
                w.strides(),
                w.dilations(),
                w.topLeft(),
                w.bottomRight())
            : new convolution_forward.desc(
                prop_kind.forward_training,
                algorithm.convolution_direct,
                input,
                anyKernel,
                output,
                w.strides(),
                w.dilations(),
                w.topLeft(),
                w.bottomRight());
    return new convolution_forward.primitive_desc(description, OneDnn.engine());
  }

  private convolution_backward_data.primitive_desc describeBackwardData() {
    ConvolutionShape.Window w = shape.window();
    var description =
        new convolution_backward_data.desc(
            algorithm.convolution_direct,
            input,
            anyKernel,
            output,
            w.strides(),
            w.dilations(),
            w.topLeft(),
            w.bottomRight());
    return new convolution_backward_data.primitive_desc(
        description, OneDnn.engine(), forwardDescription);
  }

  private convolution_backward_weights.primitive_desc describeBackwardWeights() {
    ConvolutionShape.Window w = shape.window();
    var description =
        shape.bias()
            ? new convolution_backward_weights.desc(
                algorithm.convolution_direct,
                input,
                anyKernel,
                Layouts.vector(shape.outChannels()),
                output,
                w.strides(),
                w.dilations(),
                w.topLeft(),
                w.bottomRight())
            : new convolution_backward_weights.desc(
                algorithm.convolution_direct,
                input,
                anyKernel,
                output,
                w.strides(),
                w.dilations(),
                w.topLeft(),
                w.bottomRight());
    return new convolution_backward_weights.primitive_desc(
        description, OneDnn.engine(), forwardDescription);
  }

  /** A copy between a caller's kernel and a primitive's. */
  private static final class Reorder {
    private final Operation copy;
    private final memory inner;

    private Reorder(Operation copy, memory inner) {
      this.copy = copy;
      this.inner = inner;
    }

    static Reorder into(memory.desc plain, memory.desc liked) {
      memory inner = new memory(liked, OneDnn.engine());
      memory outer = new memory(plain, OneDnn.engine(), (org.bytedeco.javacpp.Pointer) null);
      Operation copy = new Operation(new reorder(outer, inner));
      return new Reorder(copy.argument(DNNL_ARG_FROM, outer).argument(DNNL_ARG_TO, inner), inner);
    }

    static Reorder outOf(memory.desc liked, memory.desc plain) {
      memory inner = new memory(liked, OneDnn.engine());
      memory outer = new memory(plain, OneDnn.engine(), (org.bytedeco.javacpp.Pointer) null);
      Operation copy = new Operation(new reorder(inner, outer));
      return new Reorder(copy.argument(DNNL_ARG_FROM, inner).argument(DNNL_ARG_TO, outer), inner);
    }

    void in(INDArray kernel) {
      copy.bind(DNNL_ARG_FROM, kernel).run();
    }

    void out(INDArray kernel) {
      copy.bind(DNNL_ARG_TO, kernel).run();
    }
  }
}
