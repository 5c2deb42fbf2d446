// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.onednn.Attention;
import org.nola4j.internal.onednn.OneDnn;

/**
 * Scaled dot-product attention in several heads, {@code softmax(Q K' / sqrt(width / heads)) V}, of
 * each sequence of a batch.
 *
 * <p>Arrays are matrices [batch * tokens, width]; a head is a range of columns. Processes few
 * enough sequences at a time that their probabilities [heads, tokens, tokens] stay in the
 * processor's cache, but enough short ones to keep all cores busy; the backward pass recomputes
 * them, which costs less than a fifth of it.
 *
 * <p>A bias [batch, tokens], which may be null, is added to the scores of all queries of a
 * sequence. Where attention is causal, a query has no scores for the keys of later tokens.
 */
final class SequenceAttention {
  /** Probabilities that fit into a core's second-level cache: 512 KiB. */
  private static final long CACHED = 1 << 17;

  private final int heads;
  private final boolean causal;
  private INDArray later;
  private INDArray ones;
  private Attention primitive;
  private long primitiveSequences = -1;
  private long primitiveTokens = -1;

  SequenceAttention(int heads, boolean causal) {
    this.heads = heads;
    this.causal = causal;
  }

  void forward(
      INDArray queries,
      INDArray keys,
      INDArray values,
      long tokens,
      INDArray bias,
      INDArray result,
      Scratch scratch) {
    if (!isFused(queries)) {
      forwardPlain(queries, keys, values, tokens, bias, result);
      return;
    }
    long together = together(queries.size(0) / tokens, tokens);
    long rows = together * tokens;
    Attention attention = primitive(queries, together, tokens);
    INDArray probabilities = scratch.array(together, heads, tokens, tokens);
    for (long i = 0; i < queries.size(0) / rows; i++) {
      probabilities(
          attention,
          part(queries, i, rows),
          part(keys, i, rows),
          part(bias, i, together),
          probabilities,
          scratch);
      attention.mix(probabilities, part(values, i, rows), part(result, i, rows));
    }
  }

  void backward(
      INDArray queries,
      INDArray keys,
      INDArray values,
      INDArray delta,
      long tokens,
      INDArray bias,
      INDArray queriesGradient,
      INDArray keysGradient,
      INDArray valuesGradient,
      Scratch scratch) {
    if (!isFused(queries)) {
      backwardPlain(
          queries,
          keys,
          values,
          delta,
          tokens,
          bias,
          queriesGradient,
          keysGradient,
          valuesGradient);
      return;
    }
    long together = together(queries.size(0) / tokens, tokens);
    long rows = together * tokens;
    Attention attention = primitive(queries, together, tokens);
    INDArray probabilities = scratch.array(together, heads, tokens, tokens);
    INDArray gradients = scratch.array(together, heads, tokens, tokens);
    for (long i = 0; i < queries.size(0) / rows; i++) {
      INDArray q = part(queries, i, rows);
      INDArray k = part(keys, i, rows);
      probabilities(attention, q, k, part(bias, i, together), probabilities, scratch);
      attention.backward(
          q,
          k,
          part(values, i, rows),
          probabilities,
          part(delta, i, rows),
          gradients,
          part(queriesGradient, i, rows),
          part(keysGradient, i, rows),
          part(valuesGradient, i, rows));
    }
  }

  private void probabilities(
      Attention attention,
      INDArray queries,
      INDArray keys,
      INDArray bias,
      INDArray result,
      Scratch scratch) {
    if (bias == null && !causal) {
      attention.probabilities(queries, keys, result);
      return;
    }
    if (causal) {
      repeatCausal(bias, result, scratch);
    } else {
      repeat(bias, result);
    }
    attention.addProbabilities(queries, keys, result);
  }

  /** Writes to the scores what keeps queries to their own and earlier keys, and the bias. */
  private void repeatCausal(INDArray bias, INDArray scores, Scratch scratch) {
    long tokens = scores.size(2);
    INDArray square = later(scores.dataType(), tokens);
    INDArray ones = ones(scores.dataType(), Math.max(heads * scores.size(0), tokens));
    if (bias == null) {
      INDArray lines = scores.reshape('c', scores.size(0) * heads, tokens * tokens);
      repeat(square.reshape('c', 1, square.length()), ones, lines);
      return;
    }
    INDArray sum = scratch.array(tokens, tokens);
    for (long i = 0; i < scores.size(0); i++) {
      sum.assign(square);
      Products.multiply(
          HostArrays.rows(ones, 0, tokens), false, bias.getRow(i, true), false, sum, 1, 1);
      INDArray lines = scores.slice(i).reshape('c', heads, tokens * tokens);
      repeat(sum.reshape('c', 1, sum.length()), ones, lines);
    }
  }

  private static void repeat(INDArray row, INDArray ones, INDArray lines) {
    INDArray column = HostArrays.rows(ones, 0, lines.size(0));
    Products.multiply(column, false, row, false, lines, 1, 0);
  }

  /** At least this many, in a column. */
  private INDArray ones(DataType type, long count) {
    if (ones == null || ones.size(0) < count || ones.dataType() != type) {
      ones = HostArrays.allocate(type, count, 1);
      ones.assign(1);
    }
    return ones;
  }

  private INDArray later(DataType type, long tokens) {
    if (later == null || later.size(0) != tokens || later.dataType() != type) {
      later = CausalMask.of(type, tokens);
    }
    return later;
  }

  /** Writes the bias of each sequence to the scores of all its queries, in all heads. */
  private void repeat(INDArray bias, INDArray scores) {
    long tokens = bias.size(1);
    INDArray ones = ones(bias.dataType(), heads * tokens);
    INDArray lines = scores.reshape('c', bias.size(0), heads * tokens, tokens);
    for (long i = 0; i < bias.size(0); i++) {
      repeat(bias.getRow(i, true), ones, lines.slice(i));
    }
  }

  /** Number of sequences to process at once; it divides the batch. */
  private long together(long batch, long tokens) {
    long most = Math.max(1, Math.min(batch, CACHED / (heads * tokens * tokens)));
    while (batch % most != 0) {
      most--;
    }
    return most;
  }

  private static INDArray part(INDArray matrix, long index, long rows) {
    if (matrix == null) {
      return null;
    }
    return matrix.reshape('c', matrix.size(0) / rows, rows, matrix.size(1)).slice(index);
  }

  private static boolean isFused(INDArray x) {
    return x.dataType() == DataType.FLOAT && OneDnn.available();
  }

  private Attention primitive(INDArray x, long sequences, long tokens) {
    if (primitiveSequences != sequences || primitiveTokens != tokens) {
      primitiveSequences = sequences;
      primitiveTokens = tokens;
      primitive = new Attention(sequences, tokens, heads, x.size(1) / heads);
    }
    return primitive;
  }

  // ---------------------------------------------------------------- with ND4J's operations

  private void forwardPlain(
      INDArray queries,
      INDArray keys,
      INDArray values,
      long tokens,
      INDArray bias,
      INDArray result) {
    INDArray q = split(queries, tokens);
    INDArray k = split(keys, tokens);
    INDArray v = split(values, tokens);
    INDArray mixed = q.like();
    for (long i = 0; i < q.size(0); i++) {
      mixed
          .slice(i)
          .assign(probabilities(q.slice(i), k.slice(i), part(bias, i / heads, 1)).mmul(v.slice(i)));
    }
    join(mixed, result, tokens);
  }

  private void backwardPlain(
      INDArray queries,
      INDArray keys,
      INDArray values,
      INDArray delta,
      long tokens,
      INDArray bias,
      INDArray queriesGradient,
      INDArray keysGradient,
      INDArray valuesGradient) {
    INDArray q = split(queries, tokens);
    INDArray k = split(keys, tokens);
    INDArray v = split(values, tokens);
    INDArray dMixed = split(delta, tokens);
    double scale = scale(q);
    for (long i = 0; i < q.size(0); i++) {
      INDArray p = probabilities(q.slice(i), k.slice(i), part(bias, i / heads, 1));
      INDArray d = dMixed.slice(i);
      INDArray dp = d.mmul(v.slice(i).transpose());
      INDArray ds = dp.subColumnVector(dp.mul(p).sum(true, 1)).muli(p).muli(scale);
      INDArray dq = ds.mmul(k.slice(i));
      INDArray dk = ds.transpose().mmul(q.slice(i));
      v.slice(i).assign(p.transpose().mmul(d));
      q.slice(i).assign(dq);
      k.slice(i).assign(dk);
    }
    join(q, queriesGradient, tokens);
    join(k, keysGradient, tokens);
    join(v, valuesGradient, tokens);
  }

  private INDArray probabilities(INDArray q, INDArray k, INDArray bias) {
    INDArray scores = q.mmul(k.transpose()).muli(scale(q));
    if (causal) {
      scores.addi(later(scores.dataType(), scores.size(0)));
    }
    if (bias != null) {
      scores.addiRowVector(bias);
    }
    INDArray exps = Transforms.exp(scores.subiColumnVector(scores.max(true, 1)), false);
    return exps.diviColumnVector(exps.sum(true, 1));
  }

  private static double scale(INDArray head) {
    return 1 / Math.sqrt((double) head.size(head.rank() - 1));
  }

  /** A copy, [batch * heads, tokens, width / heads]. */
  private INDArray split(INDArray matrix, long tokens) {
    long batch = matrix.size(0) / tokens;
    long width = matrix.size(1) / heads;
    return matrix
        .reshape('c', batch, tokens, heads, width)
        .permute(0, 2, 1, 3)
        .dup('c')
        .reshape('c', batch * heads, tokens, width);
  }

  private void join(INDArray split, INDArray matrix, long tokens) {
    long batch = matrix.size(0) / tokens;
    long width = matrix.size(1) / heads;
    matrix
        .reshape('c', batch, tokens, heads, width)
        .assign(split.reshape('c', batch, heads, tokens, width).permute(0, 2, 1, 3));
  }
}
