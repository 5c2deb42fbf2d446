// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.onednn.Convolution;
import org.nola4j.internal.onednn.ConvolutionShape;
import org.nola4j.internal.onednn.ConvolutionShape.Window;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * A convolution whose kernel is {@code s A B} in the view (out * height) x (in * width), without
 * forming the kernel: B is a kernel of one row from the input's channels to r hidden ones, and s A
 * a kernel of one column from these to the output's.
 *
 * <p>So a pixel costs {@code r (in * width + out * height)} multiplications in place of {@code in *
 * out * height * width}: at r = 8 a third for 16 channels and a twelfth for 64. A rank that is not
 * a multiple of eight is padded with zeros, since oneDNN's kernels process channels in eights.
 * Memory: the hidden activations and their gradient, {@code r / out} of the layer's own where the
 * stride is 1.
 */
final class FactoredConvolution implements WeightedConvolution {
  private static final int CHANNEL_BLOCK = 8;

  /** Two passes over memory must pay off. */
  private static final double LARGEST_SHARE = 0.5;

  private final Convolution rows;
  private final Convolution columns;
  private final INDArray hidden;
  private INDArray hiddenGradient;

  /** s A and B with zeros behind their last column and row, and the gradients of both. */
  private final INDArray first;

  private final INDArray second;
  private final INDArray firstGradient;
  private final INDArray secondGradient;
  private INDArray lastInput;

  FactoredConvolution(ConvolutionShape shape, MaterializedWeight weight) {
    long channels = channels(weight.first().size(1));
    this.rows = new Convolution(rows(shape, channels));
    this.columns = new Convolution(columns(shape, channels));
    this.hidden = allocate(shape.batch(), shape.inHeight(), shape.outWidth(), channels);
    this.first = zeros(weight.first().size(0), channels);
    this.second = zeros(channels, weight.second().size(1));
    this.firstGradient = allocate(first.shape());
    this.secondGradient = allocate(second.shape());
  }

  private static INDArray allocate(long... size) {
    return HostArrays.allocate(DataType.FLOAT, size);
  }

  private static INDArray zeros(long... size) {
    return allocate(size).assign(0);
  }

  private static long channels(long rank) {
    return (rank + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK * CHANNEL_BLOCK;
  }

  /** Whether two passes take clearly fewer multiplications than one. */
  static boolean pays(ConvolutionShape shape, long rank) {
    Window w = shape.window();
    double row = (double) shape.inHeight() * shape.inChannels() * w.kernelWidth();
    double column = (double) shape.outHeight() * shape.outChannels() * w.kernelHeight();
    double formed = column * shape.inChannels() * w.kernelWidth();
    return channels(rank) * (row + column) <= LARGEST_SHARE * formed;
  }

  private static ConvolutionShape rows(ConvolutionShape shape, long rank) {
    Window w = shape.window();
    Window window =
        new Window(
            1,
            w.kernelWidth(),
            1,
            w.strideWidth(),
            1,
            w.dilationWidth(),
            0,
            w.padLeft(),
            0,
            w.padRight());
    return new ConvolutionShape(
        shape.batch(),
        shape.inChannels(),
        shape.inHeight(),
        shape.inWidth(),
        rank,
        shape.inHeight(),
        shape.outWidth(),
        window,
        false);
  }

  private static ConvolutionShape columns(ConvolutionShape shape, long rank) {
    Window w = shape.window();
    Window window =
        new Window(
            w.kernelHeight(),
            1,
            w.strideHeight(),
            1,
            w.dilationHeight(),
            1,
            w.padTop(),
            0,
            w.padBottom(),
            0);
    return new ConvolutionShape(
        shape.batch(),
        rank,
        shape.inHeight(),
        shape.outWidth(),
        shape.outChannels(),
        shape.outHeight(),
        shape.outWidth(),
        window,
        shape.bias());
  }

  @Override
  public void forward(INDArray x, MaterializedWeight weight, INDArray bias, INDArray z) {
    fill(weight);
    rows.forward(x, second, null, hidden);
    lastInput = x;
    columns.forward(hidden, first, bias, z);
  }

  @Override
  public void backward(
      INDArray x, INDArray dz, MaterializedWeight weight, INDArray biasGradient, INDArray below) {
    if (lastInput != x) {
      fill(weight);
      rows.forward(x, second, null, hidden);
    }
    lastInput = null; // DL4J may put the next activations where these were
    if (hiddenGradient == null) {
      hiddenGradient = allocate(hidden.shape());
    }
    columns.backwardWeights(hidden, dz, firstGradient, biasGradient);
    columns.backwardData(dz, first, hiddenGradient);
    rows.backwardWeights(x, hiddenGradient, secondGradient, null);
    if (below != null) {
      rows.backwardData(hiddenGradient, second, below);
    }
    long rank = weight.first().size(1);
    columnsOf(firstGradient, rank).muli(weight.scale(), weight.firstGradient());
    weight.secondGradient().assign(rowsOf(secondGradient, rank));
  }

  private void fill(MaterializedWeight weight) {
    long rank = weight.first().size(1);
    weight.first().muli(weight.scale(), columnsOf(first, rank));
    rowsOf(second, rank).assign(weight.second());
  }

  private static INDArray columnsOf(INDArray matrix, long count) {
    return matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(0, count));
  }

  private static INDArray rowsOf(INDArray matrix, long count) {
    return matrix.get(NDArrayIndex.interval(0, count), NDArrayIndex.all());
  }
}
