// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nola4j.internal.onednn.ConvolutionShape;

/**
 * The geometry of a sliding window as DL4J configures it.
 *
 * @param kernelSize height and width
 * @param stride by rows and columns
 * @param padding by rows and columns, on both sides; ignored for {@code Same}
 * @param dilation by rows and columns
 * @param mode DL4J's rule for borders
 */
record ConvolutionGeometry(
    int[] kernelSize, int[] stride, int[] padding, int[] dilation, ConvolutionMode mode) {

  /**
   * The shape for an input of this size, with all paddings resolved.
   *
   * @throws IllegalArgumentException if the window does not fit into the input, or DL4J's strict
   *     mode is set and windows leave some of it out
   */
  ConvolutionShape on(
      long batch, long inChannels, long inHeight, long inWidth, long outChannels, boolean bias) {
    int[] input = {(int) inHeight, (int) inWidth};
    int[] output = {outputSize(0, input[0]), outputSize(1, input[1])};
    int[] before = padding;
    if (mode == ConvolutionMode.Same) {
      before =
          ConvolutionUtils.getSameModeTopLeftPadding(output, input, kernelSize, stride, dilation);
    }
    return new ConvolutionShape(
        batch,
        inChannels,
        inHeight,
        inWidth,
        outChannels,
        output[0],
        output[1],
        new ConvolutionShape.Window(
            kernelSize[0],
            kernelSize[1],
            stride[0],
            stride[1],
            dilation[0],
            dilation[1],
            before[0],
            before[1],
            after(0, input[0], output[0], before[0]),
            after(1, input[1], output[1], before[1])),
        bias);
  }

  private int outputSize(int side, int input) {
    if (mode == ConvolutionMode.Same) {
      return (input + stride[side] - 1) / stride[side];
    }
    int steps = input + 2 * padding[side] - reach(side);
    if (steps < 0 || (mode == ConvolutionMode.Strict && steps % stride[side] != 0)) {
      throw new IllegalArgumentException(
          "a window does not fit: expected (input + 2 padding - ((kernelSize - 1) dilation + 1)) /"
              + " stride to be %s, but along axis %d (0: height, 1: width) it is (%d + 2 * %d - %d) / %d"
                  .formatted(
                      steps < 0 ? "at least 0" : "a whole number (ConvolutionMode.Strict)",
                      side,
                      input,
                      padding[side],
                      reach(side),
                      stride[side]));
    }
    return steps / stride[side] + 1;
  }

  /**
   * What the last window needs past the input; negative where windows leave some of the input out.
   */
  private int after(int side, int input, int output, int before) {
    return (output - 1) * stride[side] + reach(side) - input - before;
  }

  /** Rows or columns from a window's first element to its last. */
  private int reach(int side) {
    return (kernelSize[side] - 1) * dilation[side] + 1;
  }
}
