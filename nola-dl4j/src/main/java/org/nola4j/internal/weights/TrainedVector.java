// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.quantization.Quantizer;

/** A trained float32 vector: the values read last and those expanded last. */
final class TrainedVector {
  private final Quantizer quantizer;
  private final float[] numbers;
  private final float[] expanded;
  private boolean none = true;

  /**
   * A vector.
   *
   * @param quantizer rounds it before it is expanded; null for no rounding
   */
  TrainedVector(int length, Quantizer quantizer) {
    this.quantizer = quantizer;
    this.numbers = new float[length];
    this.expanded = new float[length];
  }

  /** Reads the vector; returns whether it differs from the one expanded last. */
  boolean changed(INDArray parameter) {
    HostArrays.read(parameter, numbers);
    return none || !Arrays.equals(numbers, expanded);
  }

  /** Notes that this vector was expanded last. */
  void taken(INDArray parameter) {
    HostArrays.read(parameter, expanded);
    none = false;
  }

  /** Rounds the values read last, which are expanded next. */
  void expand() {
    System.arraycopy(numbers, 0, expanded, 0, numbers.length);
    if (quantizer != null) {
      quantizer.round(numbers, numbers);
    }
    none = false;
  }

  /** The numbers to expand; room for their gradient afterwards. */
  float[] numbers() {
    return numbers;
  }
}
