// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Building blocks of the layers' SameDiff graphs, of operations whose gradients are correct in DL4J
 * 1.0.0-M2.1: means and selections are products with constant matrices.
 */
final class TokenGraph {
  private final SameDiff graph;
  private final DataType type;

  TokenGraph(SameDiff graph, DataType type) {
    this.graph = graph;
    this.type = type;
  }

  /** Layer normalization of matrix rows. */
  SDVariable normalize(
      SDVariable x, long width, SDVariable gamma, SDVariable beta, double epsilon) {
    SDVariable mean = constant(Nd4j.valueArrayOf(new long[] {width, width}, 1.0 / width, type));
    SDVariable centered = x.sub(x.mmul(mean));
    SDVariable variance = centered.mul(centered).mmul(mean);
    return centered.div(graph.math().sqrt(variance.add(epsilon))).mul(gamma).add(beta);
  }

  /** Division of matrix rows by their root mean square. */
  SDVariable normalize(SDVariable x, long width, SDVariable gamma, double epsilon) {
    SDVariable mean = constant(Nd4j.valueArrayOf(new long[] {width, width}, 1.0 / width, type));
    SDVariable square = x.mul(x).mmul(mean);
    return x.div(graph.math().sqrt(square.add(epsilon))).mul(gamma);
  }

  SDVariable activate(SDVariable x, MlpActivation activation) {
    return switch (activation) {
      case GELU -> x.mul(graph.math().erf(x.mul(Math.sqrt(0.5))).add(1)).mul(0.5);
      case GELU_TANH -> {
        SDVariable cubic = x.mul(x).mul(x).mul(0.044715);
        SDVariable tanh = graph.math().tanh(x.add(cubic).mul(Math.sqrt(2 / Math.PI)));
        yield x.mul(tanh.add(1)).mul(0.5);
      }
      case RELU -> graph.nn().relu(x, 0);
    };
  }

  /** Rotary positions of the heads of x [batch * tokens, heads * headWidth]. */
  SDVariable turn(SDVariable x, Rotation rotation, int heads, int headWidth, int tokens) {
    long width = (long) heads * headWidth;
    long all = width * tokens;
    SDVariable others =
        constant(Nd4j.create(rotation.others(heads), new long[] {width, width}, 'c'));
    SDVariable cosines = row(rotation.factors(tokens, heads, false));
    SDVariable sines = row(rotation.factors(tokens, heads, true));
    SDVariable same = graph.reshape(x, -1, all).mul(cosines);
    SDVariable other = graph.reshape(x.mmul(others), -1, all).mul(sines);
    return graph.reshape(same.add(other), -1, width);
  }

  private SDVariable row(double[] numbers) {
    return constant(Nd4j.create(numbers, new long[] {1, numbers.length}, 'c'));
  }

  /** Repeats each head of x as often as heads share it. */
  SDVariable share(SDVariable x, int from, int heads, int headWidth) {
    INDArray copies = Nd4j.zeros((long) from * headWidth, (long) heads * headWidth);
    for (int head = 0; head < heads; head++) {
      for (int i = 0; i < headWidth; i++) {
        int source = head / (heads / from) * headWidth + i;
        copies.putScalar(source, (long) head * headWidth + i, 1);
      }
    }
    return x.mmul(constant(copies));
  }

  /**
   * Attention of q, k and v [batch * tokens, width], of the same shape.
   *
   * @param causal whether no token attends to later ones
   */
  SDVariable attend(
      SDVariable q,
      SDVariable k,
      SDVariable v,
      long tokens,
      int heads,
      long headWidth,
      boolean causal) {
    SDVariable scores =
        graph.mmul(
            heads(q, tokens, heads, headWidth),
            heads(k, tokens, heads, headWidth),
            false,
            true,
            false);
    SDVariable scaled = scores.mul(1 / Math.sqrt((double) headWidth));
    if (causal) {
      INDArray later = CausalMask.of(Nd4j.defaultFloatingPointType(), tokens);
      scaled = scaled.add(constant(later.reshape(1, tokens, tokens)));
    }
    SDVariable probabilities = graph.nn().softmax(scaled, 2);
    SDVariable mixed = graph.mmul(probabilities, heads(v, tokens, heads, headWidth));
    return graph
        .permute(graph.reshape(mixed, -1, heads, tokens, headWidth), 0, 2, 1, 3)
        .reshape(-1, heads * headWidth);
  }

  /**
   * Tokens of sequences with others before those of each.
   *
   * @param first the others, [size, width]; null for zeros
   */
  SDVariable before(SDVariable x, long tokens, long size, long width, SDVariable first) {
    SDVariable lines = x.reshape(-1, tokens * width);
    SDVariable zero = lines.get(SDIndex.all(), SDIndex.interval(0, 1)).mul(0);
    SDVariable row =
        first == null
            ? constant(Nd4j.zeros(1, size * width))
            : graph.reshape(first, 1, size * width);
    return graph.concat(1, zero.add(row), lines).reshape(-1, width);
  }

  /** The tokens without those before each sequence. */
  SDVariable without(SDVariable all, long tokens, long size, long width) {
    SDVariable lines = all.reshape(-1, (size + tokens) * width);
    return lines
        .get(SDIndex.all(), SDIndex.interval(size * width, (size + tokens) * width))
        .reshape(-1, width);
  }

  private SDVariable heads(SDVariable x, long tokens, int heads, long headWidth) {
    return graph
        .permute(graph.reshape(x, -1, tokens, heads, headWidth), 0, 2, 1, 3)
        .reshape(-1, tokens, headWidth);
  }

  /**
   * Linear combinations of tokens [batch, from, width]: [batch, to, width].
   *
   * @param matrix [from, to]
   */
  SDVariable combine(SDVariable tokens, INDArray matrix, long width) {
    SDVariable lines = graph.permute(tokens, 0, 2, 1).reshape(-1, matrix.size(0));
    SDVariable combined = lines.mmul(constant(matrix)).reshape(-1, width, matrix.size(1));
    return graph.permute(combined, 0, 2, 1);
  }

  SDVariable constant(INDArray array) {
    return graph.constant(array.castTo(type));
  }
}
