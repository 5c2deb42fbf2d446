// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Scaled dot-product attention within each of some sequences, in all heads: {@code softmax(Q K' /
 * sqrt(width)) V} (Vaswani et al., <i>Attention Is All You Need</i>, 2017, equation 1).
 *
 * <p>Arrays are float32, row-major and contiguous: queries, keys, values, output and their
 * gradients [sequences * tokens, heads * width], each head a range of columns, which are read in
 * place; probabilities [sequences, heads, tokens, tokens]. One thread at a time.
 */
public final class Attention {
  private final memory.desc rows;
  private final memory.desc columns;
  private final memory.desc square;
  private final memory.desc transposed;
  private final Operation scores;
  private final softmax_forward.primitive_desc softmaxDescription;
  private final Operation softmax;
  private final Operation mix;
  private final float scale;
  private Operation addedScores;
  private Backward backward;

  /** For this many sequences of this shape. */
  public Attention(long sequences, long tokens, long heads, long width) {
    long all = heads * width;
    rows =
        Layouts.strided(new long[] {sequences, heads, tokens, width}, tokens * all, width, all, 1);
    columns =
        Layouts.strided(new long[] {sequences, heads, width, tokens}, tokens * all, width, 1, all);
    long[] size = {sequences, heads, tokens, tokens};
    long area = tokens * tokens;
    square = Layouts.strided(size, heads * area, area, tokens, 1);
    transposed = Layouts.strided(size, heads * area, area, 1, tokens);
    scale = (float) (1 / Math.sqrt((double) width));
    scores = product(rows, columns, square, scale);
    softmaxDescription =
        new softmax_forward.primitive_desc(
            new softmax_forward.desc(prop_kind.forward_training, square, 3), OneDnn.engine());
    softmax =
        new Operation(new softmax_forward(softmaxDescription))
            .argument(DNNL_ARG_SRC, square)
            .argument(DNNL_ARG_DST, square);
    mix = product(square, rows, rows, 1);
  }

  private static Operation product(memory.desc a, memory.desc b, memory.desc result, float scale) {
    return product(a, b, result, scale, false);
  }

  private static Operation product(
      memory.desc a, memory.desc b, memory.desc result, float scale, boolean add) {
    primitive_attr attributes = new primitive_attr();
    attributes.set_output_scales(0, new float[] {scale});
    if (add) {
      post_ops after = new post_ops();
      after.append_sum();
      attributes.set_post_ops(after);
    }
    return new Operation(
            new matmul(
                new matmul.primitive_desc(
                    new matmul.desc(a, b, result), attributes, OneDnn.engine())))
        .argument(DNNL_ARG_SRC, a)
        .argument(DNNL_ARG_WEIGHTS, b)
        .argument(DNNL_ARG_DST, result);
  }

  private static void multiply(Operation product, INDArray a, INDArray b, INDArray result) {
    product.bind(DNNL_ARG_SRC, a).bind(DNNL_ARG_WEIGHTS, b).bind(DNNL_ARG_DST, result).run();
  }

  /** How much each token attends to each other one. */
  public void probabilities(INDArray queries, INDArray keys, INDArray probabilities) {
    multiply(scores, queries, keys, probabilities);
    normalize(probabilities);
  }

  /** As {@link #probabilities}, with the array's present contents added to the scores. */
  public void addProbabilities(INDArray queries, INDArray keys, INDArray probabilities) {
    if (addedScores == null) {
      addedScores = product(rows, columns, square, scale, true);
    }
    multiply(addedScores, queries, keys, probabilities);
    normalize(probabilities);
  }

  private void normalize(INDArray scores) {
    softmax.bind(DNNL_ARG_SRC, scores).bind(DNNL_ARG_DST, scores).run();
  }

  /** {@code output = probabilities * values}. */
  public void mix(INDArray probabilities, INDArray values, INDArray output) {
    multiply(mix, probabilities, values, output);
  }

  /**
   * The gradients of queries, keys and values.
   *
   * @param scratch as large as the probabilities; overwritten
   */
  public void backward(
      INDArray queries,
      INDArray keys,
      INDArray values,
      INDArray probabilities,
      INDArray outputGradient,
      INDArray scratch,
      INDArray queriesGradient,
      INDArray keysGradient,
      INDArray valuesGradient) {
    if (backward == null) {
      backward = new Backward();
    }
    multiply(backward.values, probabilities, outputGradient, valuesGradient);
    multiply(backward.probabilities, outputGradient, values, scratch);
    backward
        .softmax
        .bind(DNNL_ARG_DST, probabilities)
        .bind(DNNL_ARG_DIFF_DST, scratch)
        .bind(DNNL_ARG_DIFF_SRC, scratch)
        .run();
    multiply(backward.queries, scratch, keys, queriesGradient);
    multiply(backward.keys, scratch, queries, keysGradient);
  }

  /** Made when first needed. */
  private final class Backward {
    final Operation values = product(transposed, rows, rows, 1);
    final Operation probabilities = product(rows, columns, square, 1);
    final Operation queries = product(square, rows, rows, scale);
    final Operation keys = product(transposed, rows, rows, scale);
    final Operation softmax =
        new Operation(
                new softmax_backward(
                    new softmax_backward.primitive_desc(
                        new softmax_backward.desc(square, square, 3),
                        OneDnn.engine(),
                        softmaxDescription)))
            .argument(DNNL_ARG_DST, square)
            .argument(DNNL_ARG_DIFF_DST, square)
            .argument(DNNL_ARG_DIFF_SRC, square);
  }
}
