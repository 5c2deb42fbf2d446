// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import org.nola4j.safetensors.TensorType;

/**
 * How an adapter file stores its numbers, except quantized coefficients (see {@link
 * Adapter#quantized}), which take their own number of bits.
 */
public enum Precision {
  /** IEEE 754 single precision, 4 bytes per number: exact. */
  F32(TensorType.F32),

  /**
   * IEEE 754 half precision, 2 bytes per number: rounded to nearest even, at most 65,504 in
   * magnitude, 11 significant bits down to 2^-14.
   */
  F16(TensorType.F16);

  private final TensorType type;

  Precision(TensorType type) {
    this.type = type;
  }

  TensorType type() {
    return type;
  }
}
