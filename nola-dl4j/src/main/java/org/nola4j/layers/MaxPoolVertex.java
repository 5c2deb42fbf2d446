// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.internal.onednn.ConvolutionShape;
import org.nola4j.internal.onednn.MaxPool;
import org.nola4j.internal.onednn.OneDnn;

/**
 * The largest value under a square window, in NHWC; oneDNN on the CPU in float32, plain loops
 * elsewhere. DL4J's SubsamplingLayer does the same, but not in oneDNN on NHWC. Windows that do not
 * fit are left out ({@code ConvolutionMode.Truncate}): DL4J tells vertices nothing of a network's
 * convolution mode.
 */
public final class MaxPoolVertex extends ParameterlessVertex {
  private final int kernelSize;
  private final int stride;
  private final int padding;

  /**
   * A square window.
   *
   * @param kernelSize its height and width
   * @param stride by rows and columns
   * @param padding rows and columns around the image, which are never the largest; fewer than the
   *     window has
   * @throws IllegalArgumentException if one of them is out of range
   */
  public MaxPoolVertex(
      @JsonProperty("kernelSize") int kernelSize,
      @JsonProperty("stride") int stride,
      @JsonProperty("padding") int padding) {
    super(1);
    if (kernelSize < 1 || stride < 1 || padding < 0 || padding >= kernelSize) {
      throw new IllegalArgumentException(
          "MaxPoolVertex: kernelSize and stride must be at least 1, and padding at least 0 and less"
              + " than kernelSize, but they are %d, %d and %d"
                  .formatted(kernelSize, stride, padding));
    }
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
  }

  /** Height and width of the window. */
  public int getKernelSize() {
    return kernelSize;
  }

  /** Stride by rows and columns. */
  public int getStride() {
    return stride;
  }

  /** Rows and columns around the image. */
  public int getPadding() {
    return padding;
  }

  private ConvolutionShape shape(long batch, long channels, long height, long width) {
    int[] size = {kernelSize, kernelSize};
    int[] step = {stride, stride};
    int[] border = {padding, padding};
    return new ConvolutionGeometry(size, step, border, new int[] {1, 1}, ConvolutionMode.Truncate)
        .on(batch, channels, height, width, channels, false);
  }

  @Override
  Function function(DataType type) {
    return type == DataType.FLOAT && OneDnn.available() ? new Fused() : new Plain();
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType... inputs) {
    InputType.InputTypeConvolutional images = Nhwc.type("MaxPoolVertex", inputs[0]);
    ConvolutionShape shape = shape(1, images.getChannels(), images.getHeight(), images.getWidth());
    return InputType.convolutional(
        shape.outHeight(), shape.outWidth(), images.getChannels(), CNN2DFormat.NHWC);
  }

  @Override
  public MaxPoolVertex clone() {
    return new MaxPoolVertex(kernelSize, stride, padding);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MaxPoolVertex that
        && kernelSize == that.kernelSize
        && stride == that.stride
        && padding == that.padding;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * kernelSize + stride) + padding;
  }

  private ConvolutionShape shape(INDArray x) {
    return shape(x.size(0), x.size(3), x.size(1), x.size(2));
  }

  private static long[] outputShape(ConvolutionShape shape) {
    return new long[] {shape.batch(), shape.outHeight(), shape.outWidth(), shape.outChannels()};
  }

  private final class Fused implements Function {
    private ConvolutionShape last;
    private MaxPool primitive;

    @Override
    public INDArray forward(INDArray[] inputs, boolean training, LayerWorkspaceMgr workspaces) {
      INDArray x = Nhwc.of(inputs[0], CNN2DFormat.NHWC);
      ConvolutionShape shape = shape(x);
      if (!shape.equals(last)) {
        last = shape;
        primitive = new MaxPool(shape);
      }
      INDArray y =
          workspaces.createUninitialized(
              ArrayType.ACTIVATIONS, x.dataType(), outputShape(shape), 'c');
      primitive.forward(x, y);
      return y;
    }

    @Override
    public INDArray[] backward(INDArray[] inputs, INDArray epsilon, LayerWorkspaceMgr workspaces) {
      INDArray below =
          workspaces.createUninitialized(
              ArrayType.ACTIVATION_GRAD, epsilon.dataType(), inputs[0].shape(), 'c');
      primitive.backward(Nhwc.of(epsilon, CNN2DFormat.NHWC), below);
      return new INDArray[] {below};
    }
  }

  /** For double precision and machines without oneDNN. */
  private final class Plain implements Function {
    private int[] places;

    @Override
    public INDArray forward(INDArray[] inputs, boolean training, LayerWorkspaceMgr workspaces) {
      INDArray x = inputs[0];
      ConvolutionShape s = shape(x);
      double[] in = x.dup('c').data().asDouble();
      INDArray y = workspaces.create(ArrayType.ACTIVATIONS, x.dataType(), outputShape(s), 'c');
      double[] out = new double[Math.toIntExact(y.length())];
      places = new int[out.length];
      for (int o = 0; o < out.length; o++) {
        places[o] = place(in, s, o);
        out[o] = in[places[o]];
      }
      y.assign(org.nd4j.linalg.factory.Nd4j.createFromArray(out).reshape(y.shape()));
      return y;
    }

    /** Where the largest input under output {@code o} is; the first of equals. */
    private int place(double[] in, ConvolutionShape s, int o) {
      int channels = (int) s.inChannels();
      int c = o % channels;
      int column = o / channels % (int) s.outWidth();
      int row = o / channels / (int) s.outWidth() % (int) s.outHeight();
      int image = o / channels / (int) (s.outWidth() * s.outHeight());
      int best = -1;
      for (int u = 0; u < kernelSize; u++) {
        for (int v = 0; v < kernelSize; v++) {
          int y = row * stride - padding + u;
          int x = column * stride - padding + v;
          if (y >= 0 && x >= 0 && y < s.inHeight() && x < s.inWidth()) {
            int at = (int) (((image * s.inHeight() + y) * s.inWidth() + x) * channels) + c;
            best = best < 0 || in[at] > in[best] ? at : best;
          }
        }
      }
      return best;
    }

    @Override
    public INDArray[] backward(INDArray[] inputs, INDArray epsilon, LayerWorkspaceMgr workspaces) {
      double[] from = epsilon.dup('c').data().asDouble();
      double[] to = new double[Math.toIntExact(inputs[0].length())];
      for (int o = 0; o < from.length; o++) {
        to[places[o]] += from[o];
      }
      INDArray below =
          workspaces.create(ArrayType.ACTIVATION_GRAD, epsilon.dataType(), inputs[0].shape(), 'c');
      below.assign(org.nd4j.linalg.factory.Nd4j.createFromArray(to).reshape(below.shape()));
      return new INDArray[] {below};
    }
  }
}
