package org.nola4j.onednn;

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

  /**
   * How the kernel moves over the input.
   *
   * @param kernelHeight height of the kernel
   * @param kernelWidth its width
   * @param strideHeight step from one output row to the next
   * @param strideWidth step from one output column to the next
   * @param dilationHeight distance of kernel rows, 1 for neighbours
   * @param dilationWidth distance of kernel columns
   * @param padTop zeros above
   * @param padLeft zeros on the left
   * @param padBottom zeros below
   * @param padRight zeros on the right
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
