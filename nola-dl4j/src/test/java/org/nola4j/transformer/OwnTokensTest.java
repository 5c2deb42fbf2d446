// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class OwnTokensTest {
  /** Of two sequences of four; own tokens lie together across their border. */
  private static final double[] MASK = {0, 1, 0, 1, 1, 0, 0, 0};

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void ownRowsGoThereAndBack(DataType type) {
    Scratch scratch = scratch(type);
    OwnTokens own = OwnTokens.of(MASK, MASK.length);
    INDArray rows = Nd4j.linspace(1, 16, 16, type).reshape(8, 2);
    INDArray packed = own.pack(rows, scratch);
    assertEquals(Nd4j.createFromArray(new int[][] {{3, 4}, {7, 8}, {9, 10}}).castTo(type), packed);
    INDArray back = Nd4j.valueArrayOf(new long[] {8, 2}, Double.NaN, type);
    own.unpack(packed, back);
    INDArray mask = Nd4j.createFromArray(MASK).castTo(type).reshape(8, 1);
    assertEquals(rows.mulColumnVector(mask), back);
  }

  @Test
  void withoutPaddingNothingIsCopied() {
    Scratch scratch = scratch(DataType.FLOAT);
    OwnTokens own = OwnTokens.of(null, 2);
    INDArray rows = Nd4j.ones(2, 3);
    assertSame(rows, own.pack(rows, scratch));
    assertSame(rows, own.place(rows, scratch));
    own.unpack(rows, rows);
    assertEquals(Nd4j.ones(2, 3), rows);
  }

  @Test
  void lengthsOfSequences() {
    INDArray input = Nd4j.ones(2, 4, 3);
    INDArray mask = Nd4j.createFromArray(MASK).castTo(DataType.FLOAT).reshape(2, 4);
    assertArrayEquals(new int[] {2, 1}, lengths(mask, input));
    assertArrayEquals(new int[] {4, 4}, lengths(Nd4j.ones(2, 4), input));
    assertArrayEquals(new int[] {4, 4}, lengths(null, input));
  }

  private static int[] lengths(INDArray mask, INDArray input) {
    return Sequences.of("block", mask, input, scratch(DataType.FLOAT)).lengths();
  }

  private static Scratch scratch(DataType type) {
    return Scratch.forward(LayerWorkspaceMgr.noWorkspaces(), type);
  }
}
