package org.nola4j.transformer;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.onednn.Attention;
import org.nola4j.onednn.OneDnn;

/**
 * Scaled dot-product attention in several heads, {@code softmax(Q K' / sqrt(width / heads)) V}, of
 * each sequence of a batch.
 *
 * <p>Arrays are matrices [batch * tokens, width]; a head is a range of columns. One sequence after
 * the other, so that its probabilities [heads, tokens, tokens] stay in the processor's cache; the
 * backward pass computes them again, which costs less than a fifth of it.
 */
final class SequenceAttention {
  private final int heads;
  private Attention primitive;
  private long primitiveTokens = -1;

  SequenceAttention(int heads) {
    this.heads = heads;
  }

  void forward(
      INDArray queries,
      INDArray keys,
      INDArray values,
      long tokens,
      INDArray result,
      Scratch scratch) {
    if (!isFused(queries)) {
      forwardPlain(queries, keys, values, tokens, result);
      return;
    }
    Attention attention = primitive(queries, tokens);
    INDArray probabilities = scratch.array(heads, tokens, tokens);
    for (long i = 0; i < queries.size(0) / tokens; i++) {
      attention.probabilities(
          sequence(queries, i, tokens), sequence(keys, i, tokens), probabilities);
      attention.mix(probabilities, sequence(values, i, tokens), sequence(result, i, tokens));
    }
  }

  void backward(
      INDArray queries,
      INDArray keys,
      INDArray values,
      INDArray delta,
      long tokens,
      INDArray queriesGradient,
      INDArray keysGradient,
      INDArray valuesGradient,
      Scratch scratch) {
    if (!isFused(queries)) {
      backwardPlain(
          queries, keys, values, delta, tokens, queriesGradient, keysGradient, valuesGradient);
      return;
    }
    Attention attention = primitive(queries, tokens);
    INDArray probabilities = scratch.array(heads, tokens, tokens);
    INDArray gradients = scratch.array(heads, tokens, tokens);
    for (long i = 0; i < queries.size(0) / tokens; i++) {
      INDArray q = sequence(queries, i, tokens);
      INDArray k = sequence(keys, i, tokens);
      attention.probabilities(q, k, probabilities);
      attention.backward(
          q,
          k,
          sequence(values, i, tokens),
          probabilities,
          sequence(delta, i, tokens),
          gradients,
          sequence(queriesGradient, i, tokens),
          sequence(keysGradient, i, tokens),
          sequence(valuesGradient, i, tokens));
    }
  }

  private static INDArray sequence(INDArray matrix, long index, long tokens) {
    return matrix.reshape('c', matrix.size(0) / tokens, tokens, matrix.size(1)).slice(index);
  }

  private static boolean isFused(INDArray x) {
    return x.dataType() == DataType.FLOAT && OneDnn.available();
  }

  private Attention primitive(INDArray x, long tokens) {
    if (primitiveTokens != tokens) {
      primitiveTokens = tokens;
      primitive = new Attention(tokens, heads, x.size(1) / heads);
    }
    return primitive;
  }

  // ---------------------------------------------------------------- with ND4J's operations

  private void forwardPlain(
      INDArray queries, INDArray keys, INDArray values, long tokens, INDArray result) {
    INDArray q = split(queries, tokens);
    INDArray k = split(keys, tokens);
    INDArray v = split(values, tokens);
    INDArray mixed = q.like();
    for (long i = 0; i < q.size(0); i++) {
      mixed.slice(i).assign(probabilities(q.slice(i), k.slice(i)).mmul(v.slice(i)));
    }
    join(mixed, result, tokens);
  }

  private void backwardPlain(
      INDArray queries,
      INDArray keys,
      INDArray values,
      INDArray delta,
      long tokens,
      INDArray queriesGradient,
      INDArray keysGradient,
      INDArray valuesGradient) {
    INDArray q = split(queries, tokens);
    INDArray k = split(keys, tokens);
    INDArray v = split(values, tokens);
    INDArray dMixed = split(delta, tokens);
    double scale = scale(q);
    for (long i = 0; i < q.size(0); i++) {
      INDArray p = probabilities(q.slice(i), k.slice(i));
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

  private static INDArray probabilities(INDArray q, INDArray k) {
    INDArray scores = q.mmul(k.transpose()).muli(scale(q));
    INDArray exps = Transforms.exp(scores.subiColumnVector(scores.max(true, 1)), false);
    return exps.diviColumnVector(exps.sum(true, 1));
  }

  private static double scale(INDArray head) {
    return 1 / Math.sqrt(head.size(head.rank() - 1));
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
