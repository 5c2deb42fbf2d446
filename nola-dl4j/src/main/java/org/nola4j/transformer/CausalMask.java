// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/** What is added to the scores [queries, keys] of a sequence so that no token sees later ones. */
final class CausalMask {
  private CausalMask() {}

  /** Zero for a token and those before it, the next ones' scores become negligible. */
  static INDArray of(DataType type, long tokens) {
    double[] elements = new double[Math.toIntExact(tokens * tokens)];
    for (int query = 0; query < tokens; query++) {
      int row = query * (int) tokens;
      Arrays.fill(elements, row + query + 1, row + (int) tokens, TokenMask.EXCLUDED);
    }
    return HostArrays.of(elements, type, tokens, tokens);
  }
}
