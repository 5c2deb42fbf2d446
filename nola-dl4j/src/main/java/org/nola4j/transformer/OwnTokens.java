// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/**
 * The tokens of a batch that are not padding. A block computes only attention for all tokens, and
 * the rest for these, copied together: padding, often half of a batch, costs little, and its values
 * and gradients are zeros.
 *
 * @param runs of own tokens, in order; null if there is no padding
 * @param count how many own tokens there are
 * @param all tokens of the batch
 */
record OwnTokens(List<Run> runs, long count, long all) {
  /**
   * Own tokens in a row.
   *
   * @param from the first one's place in the batch
   * @param packed its place among the own tokens
   */
  private record Run(long from, long packed, long length) {}

  /**
   * @param mask of all tokens, zeros for padding; null if there is none
   * @param all tokens of the batch
   */
  static OwnTokens of(double[] mask, long all) {
    if (mask == null) {
      return new OwnTokens(null, all, all);
    }
    List<Run> runs = new ArrayList<>();
    long count = 0;
    for (int from = 0; from < mask.length; from++) {
      int to = from;
      while (to < mask.length && mask[to] != 0) {
        to++;
      }
      if (to > from) {
        runs.add(new Run(from, count, to - from));
        count += to - from;
        from = to;
      }
    }
    return new OwnTokens(runs, count, all);
  }

  boolean isAll() {
    return runs == null;
  }

  /** Where the own tokens of {@code rows} are to be computed: there, if there is no padding. */
  INDArray place(INDArray rows, Scratch scratch) {
    return isAll() ? rows : scratch.array(count, rows.size(1));
  }

  /** The own tokens' rows: a copy, if there is padding. */
  INDArray pack(INDArray rows, Scratch scratch) {
    INDArray packed = place(rows, scratch);
    pack(rows, packed);
    return packed;
  }

  /** Copies the own tokens' rows; nothing to do if there is no padding. */
  void pack(INDArray rows, INDArray packed) {
    if (!isAll()) {
      for (Run run : runs) {
        HostArrays.copyRows(rows, run.from, packed, run.packed, run.length);
      }
    }
  }

  /** Copies the own tokens' rows back, among zeros; nothing to do if there is no padding. */
  void unpack(INDArray packed, INDArray rows) {
    if (!isAll()) {
      rows.assign(0);
      for (Run run : runs) {
        HostArrays.copyRows(packed, run.packed, rows, run.from, run.length);
      }
    }
  }
}
