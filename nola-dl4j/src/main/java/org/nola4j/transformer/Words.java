// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.weights.MaterializedWeight;
import org.nola4j.internal.weights.WeightProduct;

/**
 * What an embedding and a head do with a vocabulary's matrix, [words, width], of float32 or of
 * fewer bits.
 */
final class Words {
  /** Products with a matrix that is not trained keep nothing. */
  private static final WeightProduct FROZEN = new WeightProduct();

  private Words() {}

  /** How many there are. */
  static int count(MaterializedWeight words) {
    return words.elements() / words.columns();
  }

  /** Copies the rows of some words, one below the other. */
  static void copyRows(MaterializedWeight words, int[] ids, INDArray to) {
    if (words.isCompact()) {
      words.copyFrozenRows(ids, to);
    } else {
      Nd4j.pullRows(words.matrix(), to, 1, ids);
    }
  }

  /** {@code logits = x words'}; logits row-major. */
  static void logits(INDArray x, MaterializedWeight words, INDArray logits) {
    if (words.isCompact()) {
      FROZEN.backwardFrozen(x, words, logits, false);
    } else {
      Products.multiply(x, false, words.matrix(), true, logits, 1, 0);
    }
  }

  /** {@code sum = scale weights words}, the words' rows in these proportions; sum row-major. */
  static void combine(INDArray weights, MaterializedWeight words, double scale, INDArray sum) {
    if (words.isCompact()) {
      FROZEN.forwardFrozen(weights, words, sum, false);
      sum.muli(scale);
    } else {
      Products.multiply(weights, false, words.matrix(), false, sum, scale, 0);
    }
  }
}
