// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.List;

/**
 * The factors of a kernel's matrix as PEFT's two convolutions: a kernel [rank, in, height, width],
 * then one of 1 x 1 [out, rank].
 *
 * <p>A row of our matrix is an output, or a row of an output's kernel. PEFT's second convolution
 * knows outputs only, so that in the latter case its rank is {@code rows} times ours: a channel for
 * each row of the kernel, in which the first convolution has this row alone. The product is the
 * same, number by number.
 *
 * @param rows of the matrix per output
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PeftKernel(float[] loraA, float[] loraB, int rows) {
  /**
   * From our factors, A [out * rows, rank] and B [rank, rest], of which the last [height / rows,
   * in, width] are a row.
   */
  static PeftKernel of(float[] a, float[] b, int rank, List<Integer> kernel, int rows) {
    int width = kernel.get(1);
    int below = kernel.get(0) / rows;
    int inputs = b.length / (rank * below * width);
    int outputs = a.length / (rank * rows);
    float[] loraA = new float[rank * rows * inputs * rows * below * width];
    float[] loraB = new float[outputs * rank * rows];
    for (int q = 0; q < rank; q++) {
      for (int row = 0; row < rows; row++) {
        int channel = q * rows + row;
        for (int i = 0; i < inputs; i++) {
          for (int y = 0; y < below; y++) {
            int to = ((channel * inputs + i) * rows * below + row * below + y) * width;
            System.arraycopy(b, ((q * below + y) * inputs + i) * width, loraA, to, width);
          }
        }
        for (int o = 0; o < outputs; o++) {
          loraB[o * rank * rows + channel] = a[(o * rows + row) * rank + q];
        }
      }
    }
    return new PeftKernel(loraA, loraB, rows);
  }

  /** PEFT's first kernel [rank, in, height, width] as our B [rank, height * in * width]. */
  static float[] rowMajor(float[] loraA, int rank, int inputs, List<Integer> kernel) {
    int height = kernel.get(0);
    int width = kernel.get(1);
    float[] b = new float[loraA.length];
    for (int q = 0; q < rank; q++) {
      for (int i = 0; i < inputs; i++) {
        for (int y = 0; y < height; y++) {
          int from = ((q * inputs + i) * height + y) * width;
          System.arraycopy(loraA, from, b, ((q * height + y) * inputs + i) * width, width);
        }
      }
    }
    return b;
  }
}
