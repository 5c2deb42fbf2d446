// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.onednn.OneDnn;

class SequenceAttentionTest {
  private static final int HEADS = 3;
  private static final int WIDTH = 24;

  /** One sequence at a time, several, and all of the batch. */
  @ParameterizedTest
  @CsvSource({
    "3, 250, false, false",
    "12, 65, false, false",
    "12, 65, true, false",
    "7, 65, true, false",
    "5, 9, false, false",
    "3, 250, false, true",
    "12, 65, false, true",
    "7, 65, true, true"
  })
  void oneDnnAndPlainAgree(int batch, int tokens, boolean masked, boolean causal) {
    assumeTrue(OneDnn.available(), "needs oneDNN");
    List<INDArray> inputs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      inputs.add(Nd4j.randn(DataType.DOUBLE, (long) batch * tokens, WIDTH));
    }
    List<INDArray> plain = results(inputs, tokens, masked, causal, DataType.DOUBLE);
    List<INDArray> fused = results(inputs, tokens, masked, causal, DataType.FLOAT);
    for (int i = 0; i < plain.size(); i++) {
      double difference = fused.get(i).castTo(DataType.DOUBLE).distance2(plain.get(i));
      double relative = difference / plain.get(i).norm2Number().doubleValue();
      assertTrue(relative < 1e-5, "result " + i + " is off by " + relative);
    }
  }

  /** What attention gives and the gradients of queries, keys and values. */
  private static List<INDArray> results(
      List<INDArray> inputs, int tokens, boolean masked, boolean causal, DataType type) {
    List<INDArray> typed = inputs.stream().map(array -> array.castTo(type)).toList();
    List<INDArray> results = typed.stream().map(INDArray::ulike).toList();
    LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
    SequenceAttention attention = new SequenceAttention(HEADS, causal);
    INDArray queries = typed.get(0);
    INDArray keys = typed.get(1);
    INDArray values = typed.get(2);
    INDArray bias = masked ? bias(queries.size(0) / tokens, tokens, type) : null;
    attention.forward(
        queries, keys, values, tokens, bias, results.get(0), Scratch.forward(none, type));
    attention.backward(
        queries,
        keys,
        values,
        typed.get(3),
        tokens,
        bias,
        results.get(1),
        results.get(2),
        results.get(3),
        Scratch.backward(none, type));
    return results;
  }

  /** That of sequences of different lengths. */
  private static INDArray bias(long batch, int tokens, DataType type) {
    INDArray bias = Nd4j.zeros(type, batch, tokens);
    for (int i = 0; i < batch; i++) {
      for (int j = tokens - i; j < tokens; j++) {
        bias.putScalar(i, j, -1e30);
      }
    }
    return bias;
  }
}
