// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.layers.Normals;

class BiasedProductTest {
  private final INDArray weight = Normals.of(DataType.FLOAT, 1, 33, 17);
  private final INDArray bias = Normals.of(DataType.FLOAT, 2, 1, 17);

  private final BiasedProduct product = new BiasedProduct();

  @Test
  void asTheParts() {
    for (boolean biased : new boolean[] {true, false}) {
      asTheParts(biased, false);
      asTheParts(biased, true);
    }
  }

  private void asTheParts(boolean biased, boolean add) {
    for (long rows : new long[] {5, 1, 64}) {
      INDArray x = Normals.of(DataType.FLOAT, 3, rows, 33);
      INDArray result = Normals.of(DataType.FLOAT, 4, rows, 17);
      INDArray expected = x.mmul(weight);
      if (biased) {
        expected.addiRowVector(bias);
      }
      if (add) {
        expected.addi(result);
      }
      product.multiply(x, weight, biased ? bias : null, result, add);
      assertTrue(expected.equalsWithEps(result, 1e-4), expected + " " + result);
    }
  }

  @Test
  void takesWholeRowMajorArraysOfFloats() {
    INDArray x = Normals.of(DataType.FLOAT, 3, 5, 33);
    INDArray result = Normals.of(DataType.FLOAT, 4, 5, 17);
    assertEquals(OneDnn.available(), BiasedProduct.takes(x, weight, result));
    assertFalse(BiasedProduct.takes(x.dup('f'), weight, result));
    assertFalse(BiasedProduct.takes(x, weight.castTo(DataType.DOUBLE), result));
    INDArray wide = Normals.of(DataType.FLOAT, 3, 5, 40);
    assertFalse(BiasedProduct.takes(wide.get(all(), interval(0, 33)), weight, result));
  }
}
