// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

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
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution of one shape with both its gradients.
 *
 * <p>Arrays are float32, row-major and contiguous: activations [batch, height, width, channels],
 * kernels [out, height, in, width], biases [out]. Primitives are made when first needed. Memory
 * beyond the arguments: the kernel up to three times, in the layouts that the primitives prefer,
 * and the padded input where it is smaller than the kernel.
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
  private Padding padding;
  private Operation backwardWeights;
  private Reorder kernelGradient;

  /** Receives a gradient of the bias that is not needed. */
  private memory unwanted;

  /** Makes the forward primitive. */
  public Convolution(ConvolutionShape shape) {
    this.shape = shape;
    ConvolutionShape.Window w = shape.window();
    input = Layouts.input(shape);
    output = Layouts.nhwc(shape.batch(), shape.outChannels(), shape.outHeight(), shape.outWidth());
    plainKernel =
        Layouts.kernel(shape.outChannels(), shape.inChannels(), w.kernelHeight(), w.kernelWidth());
    anyKernel =
        Layouts.anyKernel(
            shape.outChannels(), shape.inChannels(), w.kernelHeight(), w.kernelWidth());
    forwardDescription = describeForward(shape);
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
   * @param bias null if the shape has no bias
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
   * @param biasGradient null if there is no bias or its gradient is not needed
   */
  public void backwardWeights(
      INDArray input, INDArray outputGradient, INDArray kernelGradient, INDArray biasGradient) {
    if (backwardWeights == null) {
      makeBackwardWeights();
    }
    if (padding == null) {
      backwardWeights.bind(DNNL_ARG_SRC, input);
    } else {
      padding.around(input);
    }
    backwardWeights.bind(DNNL_ARG_DIFF_DST, outputGradient);
    if (biasGradient != null) {
      backwardWeights.bind(DNNL_ARG_DIFF_BIAS, biasGradient);
    } else if (shape.bias()) {
      backwardWeights.argument(DNNL_ARG_DIFF_BIAS, unwanted);
    }
    backwardWeights.run();
    this.kernelGradient.out(kernelGradient);
  }

  /**
   * The fast primitive does not take an input smaller than the kernel; what oneDNN has instead is
   * four times slower (512 channels of 2 x 2, kernel 3 x 3). It takes the input with its padding.
   */
  private void makeBackwardWeights() {
    boolean small = shape.inputSmallerThanKernel();
    var description =
        small
            ? describeBackwardWeights(shape.padded(), describeForward(shape.padded()))
            : describeBackwardWeights(shape, forwardDescription);
    backwardWeights = new Operation(new convolution_backward_weights(description));
    backwardWeights.argument(DNNL_ARG_DIFF_DST, output);
    if (small) {
      padding = new Padding(shape);
      backwardWeights.argument(DNNL_ARG_SRC, padding.padded);
    } else {
      backwardWeights.argument(DNNL_ARG_SRC, input);
    }
    if (shape.bias()) {
      backwardWeights.argument(DNNL_ARG_DIFF_BIAS, Layouts.vector(shape.outChannels()));
      unwanted = new memory(Layouts.vector(shape.outChannels()), OneDnn.engine());
    }
    kernelGradient = Reorder.outOf(description.diff_weights_desc(), plainKernel);
    backwardWeights.argument(DNNL_ARG_DIFF_WEIGHTS, kernelGradient.inner);
  }

  private convolution_forward.primitive_desc describeForward(ConvolutionShape shape) {
    ConvolutionShape.Window w = shape.window();
    var description =
        shape.bias()
            ? new convolution_forward.desc(
                prop_kind.forward_training,
                algorithm.convolution_direct,
                Layouts.input(shape),
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
                Layouts.input(shape),
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

  private convolution_backward_weights.primitive_desc describeBackwardWeights(
      ConvolutionShape shape, convolution_forward.primitive_desc hint) {
    ConvolutionShape.Window w = shape.window();
    var description =
        shape.bias()
            ? new convolution_backward_weights.desc(
                algorithm.convolution_direct,
                Layouts.input(shape),
                anyKernel,
                Layouts.vector(shape.outChannels()),
                output,
                w.strides(),
                w.dilations(),
                w.topLeft(),
                w.bottomRight())
            : new convolution_backward_weights.desc(
                algorithm.convolution_direct,
                Layouts.input(shape),
                anyKernel,
                output,
                w.strides(),
                w.dilations(),
                w.topLeft(),
                w.bottomRight());
    return new convolution_backward_weights.primitive_desc(description, OneDnn.engine(), hint);
  }

  /** A copy of the input with its padding around it. */
  private static final class Padding {
    private final memory padded;
    private final Operation copy;

    Padding(ConvolutionShape shape) {
      ConvolutionShape.Window w = shape.window();
      memory.desc description = Layouts.input(shape.padded());
      padded = new memory(description, OneDnn.engine());
      Pointer.memset(padded.get_data_handle(), 0, description.get_size());
      memory.desc interior =
          description.submemory_desc(
              new long[] {shape.batch(), shape.inChannels(), shape.inHeight(), shape.inWidth()},
              new long[] {0, 0, w.padTop(), w.padLeft()});
      memory from = new memory(Layouts.input(shape), OneDnn.engine(), (Pointer) null);
      memory to = new memory(interior, OneDnn.engine(), padded.get_data_handle());
      copy = new Operation(new reorder(from, to));
      copy.argument(DNNL_ARG_FROM, from).argument(DNNL_ARG_TO, to);
    }

    void around(INDArray input) {
      copy.bind(DNNL_ARG_FROM, input).run();
    }
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
      memory outer = new memory(plain, OneDnn.engine(), (Pointer) null);
      Operation copy = new Operation(new reorder(outer, inner));
      return new Reorder(copy.argument(DNNL_ARG_FROM, outer).argument(DNNL_ARG_TO, inner), inner);
    }

    static Reorder outOf(memory.desc liked, memory.desc plain) {
      memory inner = new memory(liked, OneDnn.engine());
      memory outer = new memory(plain, OneDnn.engine(), (Pointer) null);
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
