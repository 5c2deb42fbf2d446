// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

/**
 * Everything a convolution's primitives depend on; all sizes in elements.
 *
 * @param batch images
 * @param inChannels channels of the input
 * @param inHeight its height
 * @param inWidth its width
 * @param outChannels channels of the output
 * @param outHeight its height
 * @param outWidth its width
 * @param window kernel size, stride, dilation and padding
 * @param bias whether a bias is added
 */
public record ConvolutionShape(
    long batch,
    long inChannels,
    long inHeight,
    long inWidth,
    long outChannels,
    long outHeight,
    long outWidth,
    Window window,
    boolean bias) {

  /** Whether the kernel has more rows or columns than the unpadded input. */
  boolean inputSmallerThanKernel() {
    return inHeight < window.kernelHeight || inWidth < window.kernelWidth;
  }

  /** The same convolution of an already padded input. */
  ConvolutionShape padded() {
    return new ConvolutionShape(
        batch,
        inChannels,
        inHeight + window.padTop + Math.max(0, window.padBottom),
        inWidth + window.padLeft + Math.max(0, window.padRight),
        outChannels,
        outHeight,
        outWidth,
        window.withoutPadding(),
        bias);
  }

  /**
   * How the kernel moves over the input.
   *
   * @param kernelHeight height of the kernel
   * @param kernelWidth its width
   * @param strideHeight step from one output row to the next
   * @param strideWidth step from one output column to the next
   * @param dilationHeight distance of kernel rows, 1 for neighbors
   * @param dilationWidth distance of kernel columns
   * @param padTop zeros above
   * @param padLeft zeros on the left
   * @param padBottom zeros below, or less the rows that no window reaches
   * @param padRight zeros on the right, or less the columns that no window reaches
   */
  public record Window(
      int kernelHeight,
      int kernelWidth,
      int strideHeight,
      int strideWidth,
      int dilationHeight,
      int dilationWidth,
      int padTop,
      int padLeft,
      int padBottom,
      int padRight) {

    /** The same without padding; elements that no window reaches stay out. */
    Window withoutPadding() {
      return new Window(
          kernelHeight,
          kernelWidth,
          strideHeight,
          strideWidth,
          dilationHeight,
          dilationWidth,
          0,
          0,
          Math.min(0, padBottom),
          Math.min(0, padRight));
    }

    long[] strides() {
      return new long[] {strideHeight, strideWidth};
    }

    /** oneDNN counts the gaps. */
    long[] dilations() {
      return new long[] {dilationHeight - 1, dilationWidth - 1};
    }

    long[] topLeft() {
      return new long[] {padTop, padLeft};
    }

    long[] bottomRight() {
      return new long[] {padBottom, padRight};
    }
  }
}
