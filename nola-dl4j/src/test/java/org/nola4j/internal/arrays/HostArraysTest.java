// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class HostArraysTest {
  @Test
  void anArrayOverElementsOffTheHeapIsNoCopy() {
    FloatBuffer elements = offHeap(1, 2, 3, 4, 5, 6);
    INDArray array = HostArrays.over(elements.asReadOnlyBuffer(), DataType.FLOAT, 2, 3);
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, array.dup().data().asFloat());
    elements.put(5, 60);
    assertEquals(60, array.getFloat(1, 2));
    assertEquals(Nd4j.createFromArray(new float[][] {{1 + 4, 2 + 5, 3 + 60}}), array.sum(true, 0));
  }

  /** Memory that was freed would be that of the arrays of NaN by then, or no memory at all. */
  @Test
  void anArrayAndItsViewsKeepTheElementsThatTheyAreOver() {
    float[] ones = new float[1 << 16];
    java.util.Arrays.fill(ones, 1);
    INDArray view = HostArrays.over(offHeap(ones), DataType.FLOAT, 256, 256).getRow(255);
    float[] other = new float[1 << 16];
    java.util.Arrays.fill(other, Float.NaN);
    for (int i = 0; i < 5; i++) {
      System.gc();
      offHeap(other);
    }
    assertEquals(256, view.sumNumber().intValue());
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void rowsAreCopiedOverOthers(DataType type) {
    INDArray from = Nd4j.arange(8).reshape(4, 2).castTo(type);
    INDArray to = Nd4j.zeros(type, 3, 2);
    HostArrays.copyRows(HostArrays.rows(from, 1, 4), 1, to, 0, 2);
    assertEquals(Nd4j.createFromArray(new int[][] {{4, 5}, {6, 7}, {0, 0}}).castTo(type), to);
    HostArrays.copyRows(from.castTo(DataType.FLOAT), 0, to, 2, 1);
    assertEquals(Nd4j.createFromArray(new int[][] {{4, 5}, {6, 7}, {0, 1}}).castTo(type), to);
  }

  @Test
  void aSmallerArrayLiesWithinAKeptOne() {
    INDArray kept = HostArrays.allocate(DataType.FLOAT, 3, 2).assign(1);
    INDArray smaller = HostArrays.within(kept, DataType.FLOAT, 2, 2);
    INDArray larger = HostArrays.within(smaller, DataType.FLOAT, 1, 6);
    smaller.assign(2);
    assertEquals(Nd4j.createFromArray(new float[][] {{2, 2, 2, 2, 1, 1}}), larger);
    assertEquals(kept.reshape(1, 6), larger);
    HostArrays.within(kept, DataType.FLOAT, 7, 1).assign(3);
    HostArrays.within(kept, DataType.DOUBLE, 1, 1).assign(3);
    assertEquals(10, kept.sumNumber().intValue());
    INDArray large = HostArrays.allocate(DataType.FLOAT, 9, 1).assign(1);
    HostArrays.within(large, DataType.FLOAT, 1, 2).assign(3);
    assertEquals(9, large.sumNumber().intValue());
  }

  @Test
  void anArrayOfAnotherTypeIsACopy() {
    FloatBuffer elements = offHeap(1, 2);
    INDArray array = HostArrays.over(elements, DataType.DOUBLE, 1, 2);
    elements.put(0, 7);
    assertEquals(Nd4j.createFromArray(new double[][] {{1, 2}}), array);
    assertEquals(
        Nd4j.createFromArray(new float[][] {{3}}),
        HostArrays.over(FloatBuffer.wrap(new float[] {3}), DataType.FLOAT, 1, 1));
  }

  @Test
  void elementsOfAViewAreItsOwn() {
    INDArray flat = Nd4j.createFromArray(0f, 1, 2, 3, 4, 5).reshape(1, 6);
    INDArray view = flat.get(NDArrayIndex.point(0), NDArrayIndex.interval(2, 6)).reshape('c', 2, 2);
    FloatBuffer elements = HostArrays.floats(view);
    assertEquals(FloatBuffer.wrap(new float[] {2, 3, 4, 5}), elements);
    elements.put(1, 30);
    assertEquals(30, flat.getFloat(0, 3));
  }

  @Test
  void elementsInAnotherOrderAreCopied() {
    INDArray array = Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}});
    FloatBuffer elements = HostArrays.floats(array.transpose());
    assertFalse(elements.isDirect());
    assertEquals(FloatBuffer.wrap(new float[] {1, 3, 2, 4}), elements);
    assertTrue(HostArrays.floats(array).isDirect());
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void fillsByRowMajorIndex(DataType type) {
    for (char order : new char[] {'c', 'f'}) {
      INDArray array = Nd4j.create(type, new long[] {2, 3}, order);
      HostArrays.fill(array, i -> i / 3.0);
      for (int i = 0; i < 6; i++) {
        double expected = type == DataType.FLOAT ? (float) (i / 3.0) : i / 3.0;
        assertEquals(expected, array.getDouble(i / 3, i % 3));
      }
    }
  }

  private static FloatBuffer offHeap(float... values) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(4 * values.length);
    return bytes.order(ByteOrder.nativeOrder()).asFloatBuffer().put(values).rewind();
  }
}
