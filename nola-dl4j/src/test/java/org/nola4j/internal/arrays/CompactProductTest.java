// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.onednn.Bfloat16Product;
import org.nola4j.quantization.CompactMatrix;

class CompactProductTest {
  @BeforeEach
  void seed() {
    Nd4j.getRandom().setSeed(3);
  }

  /** Few rows and many, one tile and several, of even and uneven sizes. */
  @ParameterizedTest
  @CsvSource({
    "8, 1, 3, 2",
    "8, 5, 700, 333",
    "8, 17, 40, 30",
    "8, 1, 1, 70000",
    "8, 20, 2000, 2200",
    "16, 1, 3, 2",
    "16, 5, 700, 333",
    "16, 20, 300, 310"
  })
  void productsAreThoseOfTheValues(int bits, int n, int rows, int columns) {
    CompactProduct product = new CompactProduct(matrix(rows, columns, bits));
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

  /** Half a unit of bfloat16's last place, which a processor that has such products drops. */
  @Test
  void otherNumbersAreRoundedWhereTheProcessorNeedsIt() {
    CompactProduct product = new CompactProduct(matrix(300, 200, 16));
    INDArray x = Nd4j.randn(DataType.FLOAT, 40, 300);
    INDArray result = HostArrays.allocate(DataType.FLOAT, 40, 200);
    product.multiply(x, result, false);
    INDArray exact = x.mmul(product.matrix(DataType.FLOAT));
    double error = distance(exact, result);
    assertTrue(error < 1.0 / 256, "" + error);
    assertEquals(Bfloat16Product.isNative(), error > 1e-5);
  }

  /** Both matrices are rounded, each by at most 2^-8 of its numbers, unless the rows are few. */
  @ParameterizedTest
  @CsvSource({"17, 40, 30", "40, 2000, 2200", "20, 33, 70001", "16, 40, 30"})
  void integersAsBfloat16(int n, int rows, int columns) {
    CompactMatrix codes = matrix(rows, columns, 8);
    CompactProduct product = new CompactProduct(codes, true);
    boolean rounds = Bfloat16Product.isNative() && n > 16;
    INDArray matrix = product.matrix(DataType.FLOAT);
    INDArray x = Nd4j.randn(DataType.FLOAT, n, rows);
    INDArray start = Nd4j.randn(DataType.FLOAT, n, columns);
    INDArray sum = start.dup('c');
    product.multiply(x, sum, true);
    assertRounded(start.add(x.mmul(matrix)), sum, rounds);
    product.multiply(x, sum, false);
    assertRounded(x.mmul(matrix), sum, rounds);
    INDArray delta = Nd4j.randn(DataType.FLOAT, n, columns);
    INDArray below = Nd4j.randn(DataType.FLOAT, n, rows);
    INDArray before = below.dup('c');
    product.multiplyTransposed(delta, below, true);
    assertRounded(before.add(delta.mmul(matrix.transpose())), below, rounds);
    product.multiplyTransposed(delta, below, false);
    assertRounded(delta.mmul(matrix.transpose()), below, rounds);
  }

  private static void assertRounded(INDArray expected, INDArray found, boolean rounds) {
    double error = distance(expected, found);
    assertTrue(error < 1.0 / 256, "" + error);
    assertEquals(rounds, error > 1e-4, "" + error);
  }

  /** Rows of the identity pick the converted elements out. */
  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void elementsAreExactlyTheValues(int bits) {
    int rows = 40;
    CompactMatrix codes = matrix(rows, 57, bits);
    INDArray picked = HostArrays.allocate(DataType.FLOAT, rows, 57);
    new CompactProduct(codes).multiply(Nd4j.eye(rows).castTo(DataType.FLOAT), picked, false);
    float[] values = codes.values();
    for (int i = 0; i < values.length; i++) {
      assertEquals(values[i], picked.getFloat(i / 57, i % 57));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void aViewOfARowIsMultipliedAsItsCopy(int bits) {
    INDArray x = random(DataType.FLOAT, 4, 300);
    CompactProduct product = new CompactProduct(matrix(300, 500, bits));
    INDArray all = HostArrays.allocate(DataType.FLOAT, 4, 500);
    product.multiply(HostArrays.rows(x, 2, 3), HostArrays.rows(all, 1, 2), false);
    INDArray one = HostArrays.allocate(DataType.FLOAT, 1, 500);
    product.multiply(x.getRow(2, true).dup('c'), one, false);
    assertEquals(one, all.getRow(1, true));
  }

  private static CompactMatrix matrix(int rows, int columns, int bits) {
    float[] values = new float[rows * columns];
    Random random = new Random(3);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * (1 + i % columns);
    }
    return CompactMatrix.round(FloatBuffer.wrap(values), rows, columns, bits);
  }

  /** Numbers that bfloat16 holds exactly. */
  private static INDArray random(DataType type, long... shape) {
    return Nd4j.randn(shape).castTo(DataType.BFLOAT16).castTo(type).dup('c');
  }

  private static void assertClose(INDArray expected, INDArray found) {
    double error = distance(expected, found);
    assertTrue(error <= 1e-4, "" + error);
  }

  private static double distance(INDArray expected, INDArray found) {
    return expected.sub(found).norm2Number().doubleValue() / expected.norm2Number().doubleValue();
  }
}
