// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/**
 * {@code residual + attention(x Wq + bq, x Wk + bk, x Wv + bv) Wproj + bproj} for tokens as matrix
 * rows, with or without biases and rotary positions. Several heads of queries may share one of keys
 * and values (Ainslie et al., <i>GQA</i>, EMNLP 2023). Keeps queries, keys (both turned) and values
 * between the passes, and the attention output if the gradient of Wproj needs it.
 */
final class AttentionSublayer {
  private final Linear query = new Linear(0, "q.b");
  private final Linear key = new Linear(1, "k.b");
  private final Linear value = new Linear(2, "v.b");
  private final Linear projection = new Linear(3, "proj.b");
  private final SequenceAttention attention;
  private final SharedHeads heads;
  private final Rotation rotation;

  private INDArray keptQueries;
  private INDArray keptKeys;
  private INDArray keptValues;
  private INDArray keptMixed;

  /** As many heads of keys and values as of queries, and no rotary positions. */
  AttentionSublayer(int heads, boolean causal) {
    this(heads, heads, causal, null);
  }

  /**
   * @param rotation of queries and keys, or null
   */
  AttentionSublayer(int heads, int keyValueHeads, boolean causal, Rotation rotation) {
    this.attention = new SequenceAttention(heads, causal);
    this.heads = new SharedHeads(heads, keyValueHeads);
    this.rotation = rotation;
  }

  /**
   * @param bias added to the scores, [batch, tokens], or null
   * @param keep whether a backward pass is to follow
   */
  void forward(
      INDArray x,
      INDArray residual,
      long tokens,
      INDArray bias,
      Arrays arrays,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    long[] shape = x.shape();
    long[] narrow = {shape[0], heads.narrow(shape[1])};
    boolean keepMixed = keep && projection.needsInput(arrays);
    INDArray queries = scratch.array(keep, keptQueries, shape);
    INDArray keys = scratch.array(keep, keptKeys, narrow);
    INDArray values = scratch.array(keep, keptValues, narrow);
    INDArray mixed = scratch.array(keepMixed, keptMixed, shape);
    query.forward(x, arrays, queries);
    key.forward(x, arrays, keys);
    value.forward(x, arrays, values);
    turn(queries, tokens, false);
    turn(keys, tokens, false);
    attention.forward(
        queries,
        heads.repeated(keys, scratch),
        heads.repeated(values, scratch),
        tokens,
        bias,
        mixed,
        scratch);
    projection.forward(residual, mixed, arrays, result);
    if (keep) {
      keptQueries = queries;
      keptKeys = keys;
      keptValues = values;
      keptMixed = keepMixed ? mixed : null;
    }
  }

  /** The gradient of x without the residual's share; after a forward pass with {@code keep}. */
  void backward(
      INDArray x,
      INDArray delta,
      long tokens,
      INDArray bias,
      Arrays arrays,
      INDArray below,
      Scratch scratch) {
    long[] shape = x.shape();
    INDArray dMixed = scratch.array(shape);
    projection.backward(keptMixed, delta, arrays, dMixed, false);
    INDArray dQueries = scratch.array(shape);
    INDArray dKeys = scratch.array(shape);
    INDArray dValues = scratch.array(shape);
    attention.backward(
        keptQueries,
        heads.repeated(keptKeys, scratch),
        heads.repeated(keptValues, scratch),
        dMixed,
        tokens,
        bias,
        dQueries,
        dKeys,
        dValues,
        scratch);
    dKeys = heads.summed(dKeys);
    turn(dQueries, tokens, true);
    turn(dKeys, tokens, true);
    query.backward(x, dQueries, arrays, below, false);
    key.backward(x, dKeys, arrays, below, true);
    value.backward(x, heads.summed(dValues), arrays, below, true);
  }

  private void turn(INDArray x, long tokens, boolean back) {
    if (rotation != null) {
      rotation.turn(x, tokens, back);
    }
  }

  boolean isTrained(Arrays arrays) {
    return query.isTrained(arrays)
        || key.isTrained(arrays)
        || value.isTrained(arrays)
        || projection.isTrained(arrays);
  }
}
