// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.nio.ByteBuffer;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;
import org.nola4j.quantization.QuantizedVector;

/**
 * A file's entry for a quantized vector: the next {@link #bytes} of its packed tensor.
 *
 * @param tensor name that the vector would have as a tensor of its own
 * @param bits of a number
 * @param length numbers
 * @param max the greatest magnitude
 */
record PackedVector(String tensor, int bits, int length, float max) {
  /** Name of the file's only tensor for quantized vectors; no layer's tensor has this name. */
  static final String TENSOR = "coefficients";

  int bytes() {
    return QuantizedVector.packedBytes(bits, length);
  }

  /**
   * Reads the codes.
   *
   * @throws FileFormatException if no quantizer gives these
   */
  QuantizedVector read(ByteBuffer packed, String file) {
    byte[] codes = new byte[bytes()];
    packed.get(codes);
    try {
      return QuantizedVector.of(bits, length, max, codes);
    } catch (IllegalArgumentException e) {
      throw new FileFormatException(
          file, "codes of \"" + tensor + "\" as a quantizer gives", e.getMessage(), Remedy.COPY, e);
    }
  }
}
