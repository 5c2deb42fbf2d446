// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.bank;

import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.quantization.QuantizedVector;

/**
 * An adapter's numbers as one network has them: one vector per parameter, packed or as floats.
 * Compared by identity, which tells which adapter is loaded in a network.
 */
public final class StoredAdapter {
  /** {@link QuantizedVector} or {@code float[]}, in the layout's order. */
  private final Object[] vectors;

  StoredAdapter(Object[] vectors) {
    this.vectors = vectors;
  }

  /** Copies the numbers into the arrays of a network. */
  void writeTo(List<INDArray> parameters) {
    for (int i = 0; i < vectors.length; i++) {
      HostArrays.write(values(i), parameters.get(i));
    }
  }

  private float[] values(int parameter) {
    return vectors[parameter] instanceof QuantizedVector packed
        ? packed.dequantize()
        : (float[]) vectors[parameter];
  }

  /** The numbers of all parameters, one after another; not to be written to. */
  Iterator<float[]> values() {
    return IntStream.range(0, vectors.length).mapToObj(this::values).iterator();
  }

  /** Bytes of the numbers. */
  public long bytes() {
    long bytes = 0;
    for (Object vector : vectors) {
      bytes +=
          vector instanceof QuantizedVector packed
              ? QuantizedVector.packedBytes(packed.bits(), packed.length()) + Float.BYTES
              : (long) ((float[]) vector).length * Float.BYTES;
    }
    return bytes;
  }
}
