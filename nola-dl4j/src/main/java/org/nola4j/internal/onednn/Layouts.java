// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import org.bytedeco.dnnl.memory;

/** Memory descriptors of arrays. oneDNN names dimensions in the order NCHW, OIHW. */
final class Layouts {
  private Layouts() {}

  /** Activations [batch, height, width, channels]. */
  static memory.desc nhwc(long batch, long channels, long height, long width) {
    return describe(memory.format_tag.nhwc, batch, channels, height, width);
  }

  /** The input of a convolution. */
  static memory.desc input(ConvolutionShape shape) {
    return nhwc(shape.batch(), shape.inChannels(), shape.inHeight(), shape.inWidth());
  }

  /** A kernel [out, height, in, width]: the matrix view (out, height) x (in, width). */
  static memory.desc kernel(long out, long in, long height, long width) {
    return new memory.desc(
        new long[] {out, in, height, width},
        memory.data_type.f32,
        new long[] {height * in * width, width, in * width, 1});
  }

  /** A kernel in the layout that the primitive prefers. */
  static memory.desc anyKernel(long out, long in, long height, long width) {
    return describe(memory.format_tag.any, out, in, height, width);
  }

  static memory.desc vector(long length) {
    return describe(memory.format_tag.x, length);
  }

  static memory.desc matrix(long rows, long columns) {
    return describe(memory.format_tag.nc, rows, columns);
  }

  /** Any array with these strides, in elements. */
  static memory.desc strided(long[] dimensions, long... strides) {
    return new memory.desc(dimensions, memory.data_type.f32, strides);
  }

  private static memory.desc describe(memory.format_tag tag, long... dimensions) {
    return new memory.desc(dimensions, memory.data_type.f32, tag);
  }
}
