// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/**
 * {@code residual + attention(x Wq + bq, x Wk + bk, x Wv + bv) Wproj + bproj} for tokens as matrix
 * rows, with or without biases and rotary positions. Several heads of queries may share one of keys
 * and values (Ainslie et al., <i>GQA</i>, EMNLP 2023). Rows are tokens without padding; keeps
 * queries, keys (both turned) and values of all tokens between the passes, and the attention output
 * without padding if the gradient of Wproj needs it.
 */
final class AttentionSublayer {
  private final Linear query = new Linear(0, "q.b");
  private final Linear key = new Linear(1, "k.b");
  private final Linear value = new Linear(2, "v.b");
  private final Linear projection = new Linear(3, "proj.b");
  private final SequenceAttention attention;
  private final SharedHeads heads;
  private final Rotation rotation;

  /** Null for none. */
  private final Bottleneck adapter;

  /** Null for none. */
  private final Prefix prefix;

  private INDArray keptQueries;
  private INDArray keptKeys;
  private INDArray keptValues;
  private INDArray keptMixed;

  /**
   * As many heads of keys and values as of queries, and no rotary positions.
   *
   * @param insertion or null
   */
  AttentionSublayer(int heads, boolean causal, Insertion insertion) {
    this(heads, heads, causal, null, insertion);
  }

  /**
   * @param rotation of queries and keys, or null
   * @param insertion or null
   */
  AttentionSublayer(
      int heads, int keyValueHeads, boolean causal, Rotation rotation, Insertion insertion) {
    this.attention = new SequenceAttention(heads, causal);
    this.heads = new SharedHeads(heads, keyValueHeads);
    this.rotation = rotation;
    this.adapter = insertion == null ? null : insertion.afterAttention();
    this.prefix = insertion == null ? null : insertion.prefix();
  }

  /**
   * @param keep whether a backward pass is to follow
   */
  void forward(
      INDArray x,
      INDArray residual,
      Sequences sequences,
      Arrays arrays,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    OwnTokens own = sequences.own();
    long[] shape = {own.all(), x.size(1)};
    long[] narrow = {own.all(), heads.narrow(x.size(1))};
    boolean keepMixed = keep && projection.needsInput(arrays);
    INDArray queries = scratch.array(keep, keptQueries, shape);
    INDArray keys = scratch.array(keep, keptKeys, narrow);
    INDArray values = scratch.array(keep, keptValues, narrow);
    INDArray mixed = scratch.array(keepMixed, keptMixed, x.shape());
    multiply(query, x, own, arrays, queries, scratch);
    multiply(key, x, own, arrays, keys, scratch);
    multiply(value, x, own, arrays, values, scratch);
    turn(queries, sequences.tokens(), false);
    turn(keys, sequences.tokens(), false);
    INDArray all = own.isAll() ? mixed : scratch.array(shape);
    attend(queries, keys, values, sequences, arrays, all, scratch);
    own.pack(all, mixed);
    project(mixed, residual, arrays, keep, result, scratch);
    if (keep) {
      keptQueries = queries;
      keptKeys = keys;
      keptValues = values;
      keptMixed = keepMixed ? mixed : null;
    }
  }

  private static void multiply(
      Linear linear, INDArray x, OwnTokens own, Arrays arrays, INDArray result, Scratch scratch) {
    INDArray packed = own.place(result, scratch);
    linear.forward(x, arrays, packed);
    own.unpack(packed, result);
  }

  private void attend(
      INDArray queries,
      INDArray keys,
      INDArray values,
      Sequences sequences,
      Arrays arrays,
      INDArray mixed,
      Scratch scratch) {
    long tokens = sequences.tokens();
    INDArray bias = sequences.bias();
    if (prefix == null) {
      attention.forward(
          queries,
          heads.repeated(keys, scratch),
          heads.repeated(values, scratch),
          tokens,
          bias,
          mixed,
          scratch);
      return;
    }
    INDArray all = scratch.array(mixed.size(0) / tokens * (prefix.size() + tokens), mixed.size(1));
    attention.forward(
        prefix.before(queries, tokens, null, scratch),
        prefix.before(keys, tokens, arrays.parameters().get(Prefix.KEYS), scratch),
        prefix.before(values, tokens, arrays.parameters().get(Prefix.VALUES), scratch),
        prefix.size() + tokens,
        prefix.before(bias, scratch),
        all,
        scratch);
    prefix.without(all, tokens, mixed);
  }

  private void project(
      INDArray mixed,
      INDArray residual,
      Arrays arrays,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    if (adapter == null) {
      projection.forward(residual, mixed, arrays, result);
      return;
    }
    INDArray out = adapter.input(keep, scratch, result.shape());
    projection.forward(null, mixed, arrays, out);
    adapter.forward(out, arrays, keep, result, scratch);
    result.addi(residual);
  }

  /**
   * Writes the gradient of x without the residual's share to {@code below}; after a forward pass
   * with {@code keep}.
   *
   * @param below null if it is not needed
   */
  void backward(
      INDArray x,
      INDArray delta,
      Sequences sequences,
      Arrays arrays,
      INDArray below,
      Scratch scratch) {
    OwnTokens own = sequences.own();
    long[] shape = {own.all(), x.size(1)};
    boolean goesOn = below != null || prefix != null || isInputTrained(arrays);
    INDArray dMixed = goesOn ? scratch.array(x.shape()) : null;
    INDArray above = adapter == null ? delta : adapter.backward(delta, arrays, scratch);
    projection.backward(keptMixed, above, arrays, dMixed, false);
    if (!goesOn) {
      return;
    }
    INDArray dQueries = scratch.array(shape);
    INDArray dKeys = scratch.array(shape);
    INDArray dValues = scratch.array(shape);
    INDArray dAll = own.isAll() ? dMixed : scratch.array(shape);
    own.unpack(dMixed, dAll);
    unattend(dAll, sequences, arrays, dQueries, dKeys, dValues, scratch);
    dKeys = heads.summed(dKeys);
    turn(dQueries, sequences.tokens(), true);
    turn(dKeys, sequences.tokens(), true);
    query.backward(x, own.pack(dQueries, scratch), arrays, below, false);
    key.backward(x, own.pack(dKeys, scratch), arrays, below, true);
    value.backward(x, own.pack(heads.summed(dValues), scratch), arrays, below, true);
  }

  private void unattend(
      INDArray dMixed,
      Sequences sequences,
      Arrays arrays,
      INDArray dQueries,
      INDArray dKeys,
      INDArray dValues,
      Scratch scratch) {
    long tokens = sequences.tokens();
    INDArray bias = sequences.bias();
    if (prefix == null) {
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
      return;
    }
    INDArray delta = prefix.before(dMixed, tokens, null, scratch);
    INDArray allQueries = scratch.array(delta.shape());
    INDArray allKeys = scratch.array(delta.shape());
    INDArray allValues = scratch.array(delta.shape());
    attention.backward(
        prefix.before(keptQueries, tokens, null, scratch),
        prefix.before(keptKeys, tokens, arrays.parameters().get(Prefix.KEYS), scratch),
        prefix.before(keptValues, tokens, arrays.parameters().get(Prefix.VALUES), scratch),
        delta,
        prefix.size() + tokens,
        prefix.before(bias, scratch),
        allQueries,
        allKeys,
        allValues,
        scratch);
    prefix.without(allQueries, tokens, dQueries);
    prefix.without(allKeys, tokens, dKeys);
    prefix.without(allValues, tokens, dValues);
    prefix.sum(allKeys, tokens, Prefix.KEYS, arrays);
    prefix.sum(allValues, tokens, Prefix.VALUES, arrays);
  }

  private void turn(INDArray x, long tokens, boolean back) {
    if (rotation != null) {
      rotation.turn(x, tokens, back);
    }
  }

  boolean isTrained(Arrays arrays) {
    return adapter != null
        || prefix != null
        || isInputTrained(arrays)
        || projection.isTrained(arrays);
  }

  private boolean isInputTrained(Arrays arrays) {
    return query.isTrained(arrays) || key.isTrained(arrays) || value.isTrained(arrays);
  }
}
