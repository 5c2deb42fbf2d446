// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class GlobalAverageVertexTest {
  @ParameterizedTest
  @CsvSource({"FLOAT, c, 3", "FLOAT, f, 3", "DOUBLE, c, 3", "DOUBLE, f, 1", "FLOAT, c, 1"})
  void everyPixelGetsItsShare(DataType type, char order, int batch) {
    INDArray input = Normals.of(type, 1, batch, 2, 5, 4);
    INDArray epsilon = Normals.of(type, 2, batch, 4).dup(order);
    INDArray below =
        new GlobalAverageVertex()
            .function(type)
            .backward(new INDArray[] {input}, epsilon, LayerWorkspaceMgr.noWorkspaces())[0];
    for (int i = 0; i < below.length(); i++) {
      int image = i / 40;
      assertEquals(
          epsilon.getDouble(image, i % 4) / 10,
          below.getDouble(image, i / 20 % 2, i / 4 % 5, i % 4),
          1e-6);
    }
  }
}
