// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Heads of keys and values each of which serves several heads of queries (Ainslie et al.,
 * <i>GQA</i>, EMNLP 2023).
 *
 * @param heads of queries
 * @param keyValueHeads divide them
 */
record SharedHeads(int heads, int keyValueHeads) {
  /** The width of keys and values where that of queries is {@code width}. */
  int narrow(long width) {
    return Math.toIntExact(width / heads * keyValueHeads);
  }

  /** Each head of a matrix of keys or values as often as heads of queries share it. */
  INDArray repeated(INDArray narrow, Scratch scratch) {
    if (keyValueHeads == heads) {
      return narrow;
    }
    long headWidth = narrow.size(1) / keyValueHeads;
    long all = narrow.size(0) * keyValueHeads;
    INDArray wide = scratch.array(narrow.size(0), headWidth * heads);
    INDArray groups = wide.reshape('c', all, heads / keyValueHeads, headWidth);
    for (int i = 0; i < heads / keyValueHeads; i++) {
      groups.slice(i, 1).assign(narrow.reshape('c', all, headWidth));
    }
    return wide;
  }

  /** The sums over the heads that share one. */
  INDArray summed(INDArray wide) {
    if (keyValueHeads == heads) {
      return wide;
    }
    long headWidth = wide.size(1) / heads;
    return wide.reshape('c', wide.size(0) * keyValueHeads, heads / keyValueHeads, headWidth)
        .sum(1)
        .dup('c')
        .reshape('c', wide.size(0), headWidth * keyValueHeads);
  }
}
