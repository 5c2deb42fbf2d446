// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.layers.Normals;

class ActivationGradientTest {
  private static void assertAsNd4j(Activation activation, INDArray z, INDArray epsilon) {
    assertAsNd4j(activation.getActivationFunction(), z, epsilon);
  }

  private static void assertAsNd4j(IActivation activation, INDArray z, INDArray epsilon) {
    INDArray expected = activation.backprop(z.dup(), epsilon.dup()).getFirst();
    assertEquals(expected, new ActivationGradient(activation).of(z.dup(), epsilon));
  }

  @Test
  void reluWithParameters() {
    INDArray z = Normals.of(DataType.FLOAT, 1, 6, 4);
    INDArray epsilon = Normals.of(DataType.FLOAT, 2, 6, 4);
    assertAsNd4j(new ActivationReLU(0.5, null, null), z, epsilon);
    assertAsNd4j(new ActivationReLU(null, 0.5, null), z, epsilon);
    assertAsNd4j(new ActivationReLU(null, null, 0.1), z, epsilon);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 5", "7, 33", "64, 256", "129, 1027"})
  void reluAsNd4j(long rows, long columns) {
    INDArray z = Normals.of(DataType.FLOAT, 1, rows, columns);
    z.putScalar(0, 0f);
    INDArray epsilon = Normals.of(DataType.FLOAT, 2, rows, columns);
    INDArray before = epsilon.dup();
    assertAsNd4j(Activation.RELU, z, epsilon);
    assertEquals(before, epsilon);
  }

  @ParameterizedTest
  @EnumSource(names = {"RELU", "TANH", "SIGMOID", "SOFTMAX", "LEAKYRELU", "RELU6", "GELU"})
  void everyTypeAndOrder(Activation activation) {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
      INDArray z = Normals.of(type, 1, 6, 4);
      INDArray epsilon = Normals.of(type, 2, 6, 4);
      assertAsNd4j(activation, z, epsilon);
      assertAsNd4j(activation, z, epsilon.dup('f'));
    }
  }

  /** If an upgrade mends it, this fails, and the copy in {@link ActivationGradient} must go. */
  @Test
  void softmaxOfNd4jMixesUpTheElementsOfArraysOfTwoOrders() {
    INDArray z = Normals.of(DataType.FLOAT, 1, 6, 4);
    INDArray epsilon = Normals.of(DataType.FLOAT, 2, 6, 4);
    IActivation softmax = Activation.SOFTMAX.getActivationFunction();
    assertNotEquals(
        softmax.backprop(z.dup(), epsilon).getFirst(),
        softmax.backprop(z.dup(), epsilon.dup('f')).getFirst());
  }

  @Test
  void lengthsMayChange() {
    ActivationGradient gradient = new ActivationGradient(Activation.RELU.getActivationFunction());
    for (long rows : new long[] {2, 5, 2}) {
      INDArray z = Nd4j.createFromArray(new float[] {-1, 2, 3}).reshape(1, 3).repeat(0, rows);
      INDArray expected = Nd4j.createFromArray(new float[] {0, 1, 1}).reshape(1, 3).repeat(0, rows);
      assertEquals(expected, gradient.of(z, Nd4j.ones(DataType.FLOAT, rows, 3)));
    }
  }

  @Test
  void theIdentityCopiesNothing() {
    INDArray epsilon = Nd4j.ones(2, 3);
    assertSame(
        epsilon,
        new ActivationGradient(Activation.IDENTITY.getActivationFunction()).of(null, epsilon));
  }
}
