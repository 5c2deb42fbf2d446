// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.layers.KernelView;
import org.nola4j.reparameterization.WeightShape;

/** The weight of a DL4J layer as the matrix that a method is applied to, and back. */
public final class WeightView {
  /** DL4J's name of the weight of most layers. */
  public static final String WEIGHT = "W";

  private final WeightShape shape;

  /** [out, height, in, width] of a convolution's kernel; null if the matrix is the weight. */
  private final long[] kernel;

  private WeightView(WeightShape shape, long[] kernel) {
    this.shape = shape;
    this.kernel = kernel;
  }

  /**
   * Of a weight of at least two axes: a matrix as it is; a kernel of two dimensions as the view
   * says; anything else split, in row-major order, between the axes where the matrix is closest to
   * square.
   *
   * @param layer that has the weight, without wrappers
   * @param axes of the weight
   */
  public static WeightView of(Layer layer, List<Long> axes, KernelView kernelView) {
    int[] sizes = axes.stream().mapToInt(Math::toIntExact).toArray();
    if (isKernel(layer, sizes)) {
      return new WeightView(
          kernelView.shape(sizes[0], sizes[1], sizes[2], sizes[3]),
          new long[] {sizes[0], sizes[2], sizes[1], sizes[3]});
    }
    return new WeightView(matrix(sizes), null);
  }

  /** The shape of the only weight of a dense or convolution layer. */
  public static List<Long> axes(Layer layer) {
    FeedForwardLayer sized = (FeedForwardLayer) layer;
    return layer instanceof ConvolutionLayer convolution
        ? Stream.concat(
                Stream.of(sized.getNOut(), sized.getNIn()),
                java.util.Arrays.stream(convolution.getKernelSize()).mapToObj(size -> (long) size))
            .toList()
        : List.of(sized.getNIn(), sized.getNOut());
  }

  /** Whether a weight has DL4J's order [out, in, height, width]. */
  private static boolean isKernel(Layer layer, int[] sizes) {
    return layer instanceof ConvolutionLayer
        && !(layer instanceof DepthwiseConvolution2D)
        && sizes.length == 4;
  }

  private static WeightShape matrix(int[] sizes) {
    int elements = 1;
    for (int size : sizes) {
      elements = Math.multiplyExact(elements, size);
    }
    int rows = sizes[0];
    int best = rows;
    for (int axis = 1; axis < sizes.length - 1; axis++) {
      rows *= sizes[axis];
      if (rows + elements / rows < best + elements / best) {
        best = rows;
      }
    }
    return new WeightShape(best, elements / best, best);
  }

  /** The same matrix where the parameter has its elements in the matrix' order already. */
  WeightView inOrder() {
    return new WeightView(shape, null);
  }

  public WeightShape shape() {
    return shape;
  }

  /** A row-major copy of DL4J's parameter, for instance [out, in, height, width], as the matrix. */
  public INDArray matrix(INDArray parameter) {
    INDArray ordered = kernel == null ? parameter : parameter.permute(0, 2, 1, 3);
    return ordered.dup('c').reshape('c', shape.rows(), shape.columns());
  }

  /** Writes a row-major matrix into DL4J's parameter. */
  public void write(INDArray matrix, INDArray parameter) {
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
      // Convolutions over sequences leave the last axis out.
      INDArray axes = parameter.reshape(kernel[0], kernel[2], kernel[1], kernel[3]);
      matrix.reshape('c', kernel).assign(axes.permute(0, 2, 1, 3));
    }
  }
}
