// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.runtime.DirectComputation.Arrays;
import org.nola4j.internal.runtime.DirectParameter;

/**
 * Trained keys and values before those of each sequence of a batch. Attention then runs over longer
 * sequences, whose first queries are zeros and get no gradient.
 *
 * @param size number of tokens
 */
record Prefix(int size) {
  /** The parameters' names. */
  static final String KEYS = "prefix.k";

  static final String VALUES = "prefix.v";
  private static final double DEVIATION = 0.02;

  Map<String, DirectParameter> parameters(long width) {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    parameters.put(KEYS, DirectParameter.truncatedNormal(DEVIATION, size, width));
    parameters.put(VALUES, DirectParameter.truncatedNormal(DEVIATION, size, width));
    return parameters;
  }

  /**
   * Tokens with others before those of each sequence.
   *
   * @param tokens of each sequence in x
   * @param first the others, [size, width]; null for zeros
   */
  INDArray before(INDArray x, long tokens, INDArray first, Scratch scratch) {
    long batch = x.size(0) / tokens;
    INDArray all = scratch.array(batch * (size + tokens), x.size(1));
    for (long i = 0; i < batch; i++) {
      INDArray own = part(all, i, tokens, true);
      if (first == null) {
        own.assign(0);
      } else {
        own.assign(first);
      }
      part(all, i, tokens, false).assign(HostArrays.rows(x, i * tokens, (i + 1) * tokens));
    }
    return all;
  }

  /** The tokens without those before each sequence. */
  void without(INDArray all, long tokens, INDArray result) {
    for (long i = 0; i < result.size(0) / tokens; i++) {
      HostArrays.rows(result, i * tokens, (i + 1) * tokens).assign(part(all, i, tokens, false));
    }
  }

  /** Sums the gradients of the tokens before all sequences to that of a parameter, if trained. */
  void sum(INDArray all, long tokens, String parameter, Arrays arrays) {
    INDArray gradient = arrays.gradients().get(parameter);
    if (gradient == null) {
      return;
    }
    gradient.assign(0);
    for (long i = 0; i < all.size(0) / (size + tokens); i++) {
      gradient.addi(part(all, i, tokens, true));
    }
  }

  private INDArray part(INDArray all, long sequence, long tokens, boolean first) {
    long from = sequence * (size + tokens);
    return first
        ? HostArrays.rows(all, from, from + size)
        : HostArrays.rows(all, from + size, from + size + tokens);
  }

  /** The scores' biases of the longer sequences; null where there are none. */
  INDArray before(INDArray bias, Scratch scratch) {
    if (bias == null) {
      return null;
    }
    INDArray all = scratch.array(bias.size(0), size + bias.size(1));
    all.assign(0);
    all.get(NDArrayIndex.all(), NDArrayIndex.interval(size, all.size(1))).assign(bias);
    return all;
  }
}
