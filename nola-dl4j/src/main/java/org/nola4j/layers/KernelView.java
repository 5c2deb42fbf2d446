// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.nola4j.reparameterization.WeightShape;

/** The matrix view of a convolution's kernel; the paper says only that it is nearly square. */
public enum KernelView {
  /**
   * (out * kernelHeight) x (in * kernelWidth), as in loralib; the paper's counts for LoRA follow
   * from it.
   */
  OUT_BY_IN {
    @Override
    public WeightShape shape(int out, int in, int height, int width) {
      return new WeightShape(out * height, in * width, in * height * width);
    }
  },
  /**
   * The factors of the element count that are closest to each other, the smaller one first; the
   * same elements in the same order.
   */
  NEAREST_SQUARE {
    @Override
    public WeightShape shape(int out, int in, int height, int width) {
      int elements = Math.multiplyExact(Math.multiplyExact(out, height), in * width);
      int rows = (int) Math.sqrt(elements);
      while (elements % rows != 0) {
        rows--;
      }
      return new WeightShape(rows, elements / rows, in * height * width);
    }
  };

  /**
   * The matrix of a kernel.
   *
   * @param out its output channels
   * @param in its input channels
   */
  public abstract WeightShape shape(int out, int in, int height, int width);
}
