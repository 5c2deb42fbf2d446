// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.quantization.ColumnCodes;

class CodeProductTest {
  /** Few rows and many, one tile and several, of even and uneven sizes. */
  @ParameterizedTest
  @CsvSource({"1, 3, 2", "5, 700, 333", "17, 40, 30", "1, 1, 70000", "20, 3000, 3100"})
  void productsAreThoseOfTheValues(int n, int rows, int columns) {
    CodeProduct product = new CodeProduct(codes(rows, columns));
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
      INDArray matrix = product.matrix(type);
      INDArray x = random(type, n, rows);
      INDArray start = random(type, n, columns);
      INDArray sum = start.dup('c');
      product.multiply(x, sum, true);
      assertClose(start.add(x.mmul(matrix)), sum);
      product.multiply(x, sum, false);
      assertClose(x.mmul(matrix), sum);
      INDArray delta = random(type, n, columns);
      INDArray below = random(type, n, rows);
      INDArray before = below.dup('c');
      product.multiplyTransposed(delta, below, true);
      assertClose(before.add(delta.mmul(matrix.transpose())), below);
      product.multiplyTransposed(delta, below, false);
      assertClose(delta.mmul(matrix.transpose()), below);
    }
  }

  /** Rows of the identity pick the converted elements out. */
  @Test
  void elementsAreExactlyTheValues() {
    int rows = 40;
    ColumnCodes codes = codes(rows, 57);
    INDArray picked = HostArrays.allocate(DataType.FLOAT, rows, 57);
    new CodeProduct(codes).multiply(Nd4j.eye(rows).castTo(DataType.FLOAT), picked, false);
    float[] values = codes.values();
    for (int i = 0; i < values.length; i++) {
      assertEquals(values[i], picked.getFloat(i / 57, i % 57));
    }
  }

  @Test
  void aViewOfARowIsMultipliedAsItsCopy() {
    INDArray x = random(DataType.FLOAT, 4, 300);
    CodeProduct product = new CodeProduct(codes(300, 500));
    INDArray all = HostArrays.allocate(DataType.FLOAT, 4, 500);
    product.multiply(HostArrays.rows(x, 2, 3), HostArrays.rows(all, 1, 2), false);
    INDArray one = HostArrays.allocate(DataType.FLOAT, 1, 500);
    product.multiply(x.getRow(2, true).dup('c'), one, false);
    assertEquals(one, all.getRow(1, true));
  }

  private static ColumnCodes codes(int rows, int columns) {
    float[] values = new float[rows * columns];
    Random random = new Random(3);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * (1 + i % columns);
    }
    return ColumnCodes.quantize(FloatBuffer.wrap(values), rows, columns);
  }

  private static INDArray random(DataType type, long... shape) {
    return Nd4j.randn(shape).castTo(type).dup('c');
  }

  private static void assertClose(INDArray expected, INDArray found) {
    double norm = expected.norm2Number().doubleValue();
    double error = expected.sub(found).norm2Number().doubleValue();
    assertTrue(error <= 1e-5 * norm, error + " of " + norm);
  }
}
