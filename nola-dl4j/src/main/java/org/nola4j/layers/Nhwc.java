// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Images as [batch, height, width, channels], row-major and without gaps. */
final class Nhwc {
  private Nhwc() {}

  /** The input type of a vertex called {@code vertex} that takes NHWC only. */
  static InputType.InputTypeConvolutional type(String vertex, InputType type) {
    if (type instanceof InputType.InputTypeConvolutional images
        && images.getFormat() == CNN2DFormat.NHWC) {
      return images;
    }
    throw new IllegalArgumentException(
        vertex + " takes convolutional activations in NHWC, but got " + type);
  }

  /** The array itself if it already has this layout, or a copy. */
  static INDArray of(INDArray array, CNN2DFormat format) {
    if (format == CNN2DFormat.NCHW) {
      return array.permute(0, 2, 3, 1).dup('c');
    }
    return isPlain(array) ? array : array.dup('c');
  }

  /** A copy in the other format. */
  static INDArray to(INDArray nhwc, CNN2DFormat format) {
    return format == CNN2DFormat.NCHW ? nhwc.permute(0, 3, 1, 2).dup('c') : nhwc;
  }

  private static boolean isPlain(INDArray array) {
    long expected = 1;
    for (int d = array.rank() - 1; d >= 0; d--) {
      if (array.size(d) != 1 && array.stride(d) != expected) {
        return false;
      }
      expected *= array.size(d);
    }
    return true;
  }
}
