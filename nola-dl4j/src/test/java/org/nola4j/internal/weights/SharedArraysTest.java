// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.WeightShape;

class SharedArraysTest {
  @Test
  void pretrainedWeightsAreInMemoryOnce() {
    FrozenWeight.Given given = FrozenWeight.given(FloatBuffer.wrap(new float[] {8, 9}), null);
    FloatBuffer elements = given.elements(new WeightShape(1, 2, 1));
    INDArray first = SharedArrays.of(given.sha256(), elements, DataType.FLOAT, 2, 1);
    INDArray second = SharedArrays.of(given.sha256(), elements, DataType.FLOAT, 1, 2);
    assertEquals(first.data().addressPointer().address(), second.data().addressPointer().address());
  }
}
