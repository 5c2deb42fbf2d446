// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.batch;

/** The shape of a batch of images. */
public enum ImageLayout {
  /** [batch, channels x height x width], channel by channel: the input of dense layers. */
  FLAT {
    @Override
    long[] shape(int count, int channels, int height, int width) {
      return new long[] {count, (long) channels * height * width};
    }
  },
  /** [batch, channels, height, width]: DL4J's default. */
  NCHW {
    @Override
    long[] shape(int count, int channels, int height, int width) {
      return new long[] {count, channels, height, width};
    }
  },
  /** [batch, height, width, channels]: the input of this project's convolutional networks. */
  NHWC {
    @Override
    long[] shape(int count, int channels, int height, int width) {
      return new long[] {count, height, width, channels};
    }
  };

  abstract long[] shape(int count, int channels, int height, int width);
}
