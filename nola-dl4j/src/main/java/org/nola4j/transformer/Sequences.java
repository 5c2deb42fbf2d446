// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The sequences of a batch of one pass.
 *
 * @param tokens of each
 * @param bias added to the scores of all queries of a sequence, [batch, tokens], or null
 * @param own the tokens to compute
 */
record Sequences(long tokens, INDArray bias, OwnTokens own) {
  /**
   * @param mask as DL4J has it; null if all tokens count
   */
  static Sequences of(String layer, INDArray mask, INDArray input, Scratch scratch) {
    double[] values = TokenMask.values(layer, mask, input);
    INDArray bias = TokenMask.bias(values, input, scratch);
    return new Sequences(input.size(1), bias, OwnTokens.of(values, input));
  }

  /** How many tokens of each are computed; null for all. */
  int[] ownBySequence() {
    return own.isAll() ? null : own.bySequence(tokens);
  }
}
