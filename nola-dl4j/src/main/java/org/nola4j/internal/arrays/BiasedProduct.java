// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.onednn.InnerProduct;
import org.nola4j.internal.onednn.OneDnn;

/** {@code x W + b} in one go; keeps what was prepared for the last shape. */
public final class BiasedProduct {
  private InnerProduct primitive;
  private Shape shape;

  private record Shape(long rows, long inputs, long outputs, boolean bias, boolean add) {}

  /** Whether these arrays can be multiplied here. */
  public static boolean takes(INDArray x, INDArray matrix, INDArray result) {
    return OneDnn.available()
        && Stream.of(x, matrix, result)
            .allMatch(each -> each.dataType() == DataType.FLOAT && HostArrays.isPlain(each));
  }

  /**
   * {@code result = x W + b}, or with {@code add} {@code result += x W + b}.
   *
   * @param bias null for none
   */
  public void multiply(INDArray x, INDArray matrix, INDArray bias, INDArray result, boolean add) {
    Shape needed = new Shape(x.size(0), matrix.size(0), matrix.size(1), bias != null, add);
    if (!needed.equals(shape)) {
      shape = needed;
      primitive =
          new InnerProduct(needed.rows, needed.inputs, needed.outputs, needed.bias, needed.add);
    }
    primitive.forward(x, matrix, bias, result);
  }
}
