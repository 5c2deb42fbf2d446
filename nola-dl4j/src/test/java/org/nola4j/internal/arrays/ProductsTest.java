// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.layers.Normals;

class ProductsTest {
  private static final DataType FLOAT = DataType.FLOAT;

  private static INDArray matrix(long seed, boolean transposed, long rows, long columns) {
    return transposed
        ? Normals.of(FLOAT, seed, columns, rows)
        : Normals.of(FLOAT, seed, rows, columns);
  }

  private static INDArray expected(
      INDArray a,
      boolean transposeA,
      INDArray b,
      boolean transposeB,
      INDArray before,
      double alpha,
      double beta) {
    INDArray left = a.castTo(DataType.DOUBLE);
    INDArray right = b.castTo(DataType.DOUBLE);
    INDArray product =
        (transposeA ? left.transpose() : left).mmul(transposeB ? right.transpose() : right);
    return product.mul(alpha).add(before.castTo(DataType.DOUBLE).mul(beta)).castTo(FLOAT);
  }

  private static void assertProduct(
      INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray result) {
    INDArray expected = expected(a, transposeA, b, transposeB, result, 0.5, 2);
    Products.multiply(a, transposeA, b, transposeB, result, 0.5, 2);
    assertTrue(expected.equalsWithEps(result, 1e-4), expected + " " + result);
  }

  @ParameterizedTest
  @CsvSource({"3, 4, 5", "1, 4, 5", "3, 1, 5", "3, 4, 1", "1, 1, 1", "65, 33, 129"})
  void everyTransposition(long rows, long inner, long columns) {
    for (boolean transposeA : new boolean[] {false, true}) {
      for (boolean transposeB : new boolean[] {false, true}) {
        assertProduct(
            matrix(1, transposeA, rows, inner),
            transposeA,
            matrix(2, transposeB, inner, columns),
            transposeB,
            Normals.of(FLOAT, 3, rows, columns));
      }
    }
  }

  /** Rows with gaps between them, at an offset; column-major; and rows and columns alone. */
  @Test
  void views() {
    INDArray a = Normals.of(FLOAT, 1, 6, 8);
    INDArray b = Normals.of(FLOAT, 2, 8, 9);
    INDArray whole = Normals.of(FLOAT, 3, 10, 12);
    INDArray before = whole.dup();
    INDArray result = whole.get(interval(2, 6), interval(1, 5));
    assertProduct(
        a.get(interval(1, 5), interval(2, 7)),
        false,
        b.get(interval(3, 8), interval(4, 8)),
        false,
        result);
    result.assign(before.get(interval(2, 6), interval(1, 5)));
    assertEquals(before, whole);
    assertProduct(a.transpose(), false, a, false, Normals.of(FLOAT, 4, 8, 8));
    assertProduct(a.dup('f'), false, b.dup('f'), false, Normals.of(FLOAT, 4, 6, 9));
    assertProduct(a.getRow(2, true), false, b, false, Normals.of(FLOAT, 4, 6, 9).getRow(1, true));
    assertProduct(a.getRow(2, true), true, b.getRow(1, true), false, Normals.of(FLOAT, 4, 8, 9));
    assertProduct(
        a.get(all(), interval(3, 4)), false, b.getRow(1, true), false, Normals.of(FLOAT, 4, 6, 9));
  }

  @Test
  void theResultIsOverwrittenWhateverItHolds() {
    INDArray a = Normals.of(FLOAT, 1, 3, 4);
    INDArray result = Nd4j.valueArrayOf(new long[] {3, 3}, Double.NaN, FLOAT);
    Products.multiply(a, false, a, true, result, 1, 0);
    assertTrue(
        expected(a, false, a, true, Nd4j.zeros(FLOAT, 3, 3), 1, 0).equalsWithEps(result, 1e-5));
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    INDArray a = Normals.of(FLOAT, 1, 3, 4);
    INDArray result = Nd4j.zeros(FLOAT, 3, 3);
    assertThrows(RuntimeException.class, () -> Products.multiply(a, false, a, false, result, 1, 0));
    assertThrows(
        RuntimeException.class,
        () -> Products.multiply(a, false, a, true, Nd4j.zeros(FLOAT, 3, 4), 1, 0));
  }
}
