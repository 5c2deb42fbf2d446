package org.nola4j.transfer;

import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.layers.KernelView;
import org.nola4j.reparameterization.WeightShape;

/** The weight of a DL4J layer as the matrix that a method is applied to, and back. */
final class WeightView {
  /** DL4J's name of the weight that is adapted. */
  static final String WEIGHT = "W";

  private final WeightShape shape;

  /** [out, height, in, width] of a convolution's kernel; null where the matrix is the weight. */
  private final long[] kernel;

  private WeightView(WeightShape shape, long[] kernel) {
    this.shape = shape;
    this.kernel = kernel;
  }

  /** Whether layers of this type can have an adapter. */
  static boolean supports(Layer layer) {
    Class<?> type = layer.getClass();
    return type == DenseLayer.class || type == OutputLayer.class || type == ConvolutionLayer.class;
  }

  /** Of a layer that {@link #supports} accepts; the kernel view is for convolutions. */
  static WeightView of(Layer layer, KernelView kernelView) {
    FeedForwardLayer sized = (FeedForwardLayer) layer;
    int in = Math.toIntExact(sized.getNIn());
    int out = Math.toIntExact(sized.getNOut());
    if (layer instanceof ConvolutionLayer convolution) {
      int[] size = convolution.getKernelSize();
      return new WeightView(
          kernelView.shape(out, in, size[0], size[1]), new long[] {out, size[0], in, size[1]});
    }
    return new WeightView(new WeightShape(in, out, in), null);
  }

  /** The same matrix where the parameter has its elements in the matrix' order already. */
  WeightView inOrder() {
    return new WeightView(shape, null);
  }

  WeightShape shape() {
    return shape;
  }

  /** A row-major copy of DL4J's parameter, for instance [out, in, height, width], as the matrix. */
  INDArray matrix(INDArray parameter) {
    INDArray ordered = kernel == null ? parameter : parameter.permute(0, 2, 1, 3);
    return ordered.dup('c').reshape('c', shape.rows(), shape.columns());
  }

  /** Writes a row-major matrix into DL4J's parameter. */
  void write(INDArray matrix, INDArray parameter) {
    parameter.assign(
        kernel == null
            ? matrix.reshape('c', parameter.shape())
            : matrix.reshape('c', kernel).permute(0, 2, 1, 3));
  }

  /** Writes the gradient of DL4J's parameter into a row-major matrix. */
  void read(INDArray parameter, INDArray matrix) {
    if (kernel == null) {
      matrix.assign(parameter.reshape('c', matrix.shape()));
    } else {
      matrix.reshape('c', kernel).assign(parameter.permute(0, 2, 1, 3));
    }
  }
}
