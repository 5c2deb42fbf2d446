// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The sequences of a batch.
 *
 * @param tokens of each, with padding
 * @param bias added to the scores of all queries of a sequence, [batch, tokens]; null without
 *     padding
 * @param own the tokens that are not padding
 * @param lengths how many of them each sequence has
 */
record Sequences(long tokens, INDArray bias, OwnTokens own, int[] lengths) {
  /**
   * @param mask as DL4J has it; null if there is no padding
   */
  static Sequences of(String layer, INDArray mask, INDArray input, Scratch scratch) {
    double[] values = TokenMask.values(layer, mask, input);
    int tokens = Math.toIntExact(input.size(1));
    int[] lengths = new int[Math.toIntExact(input.size(0))];
    for (int i = 0; i < lengths.length * tokens; i++) {
      lengths[i / tokens] += values == null || values[i] != 0 ? 1 : 0;
    }
    return new Sequences(
        tokens,
        TokenMask.bias(values, input, scratch),
        OwnTokens.of(values, (long) lengths.length * tokens),
        lengths);
  }
}
