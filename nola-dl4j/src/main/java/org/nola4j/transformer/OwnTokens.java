// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/**
 * The tokens of a batch that are its texts' own. What a block computes token by token, all but
 * attention, it computes for them only: the tokens that fill shorter texts up, often half of a
 * batch, cost nothing but attention, and their values and gradients are zeros.
 *
 * @param runs of own tokens, in order; null for all tokens of the batch
 * @param count how many own tokens there are
 * @param all tokens of the batch
 */
record OwnTokens(List<Run> runs, long count, long all) {
  /** Copying pays from one token in this many on. */
  private static final int PAYS = 16;

  /**
   * Own tokens in a row.
   *
   * @param from the first one's place in the batch
   * @param packed its place among the own tokens
   */
  private record Run(long from, long packed, long length) {}

  private static OwnTokens all(long tokens) {
    return new OwnTokens(null, tokens, tokens);
  }

  /**
   * @param mask [batch * tokens], ones and zeros; null for none
   */
  static OwnTokens of(double[] mask, INDArray input) {
    if (mask == null) {
      return all(input.size(0) * input.size(1));
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
    long others = mask.length - count;
    return others * PAYS < mask.length ? all(mask.length) : new OwnTokens(runs, count, mask.length);
  }

  boolean isAll() {
    return runs == null;
  }

  /** How many each sequence has. */
  int[] bySequence(long tokens) {
    int[] counts = new int[Math.toIntExact(all / tokens)];
    for (Run run : runs) {
      for (long i = run.from; i < run.from + run.length; i++) {
        counts[(int) (i / tokens)]++;
      }
    }
    return counts;
  }

  /** Where the own tokens of {@code rows} are to be computed: those rows themselves if all are. */
  INDArray place(INDArray rows, Scratch scratch) {
    return isAll() ? rows : scratch.array(count, rows.size(1));
  }

  /** The rows of the own tokens. */
  INDArray pack(INDArray rows, Scratch scratch) {
    return isAll() ? rows : packInto(scratch.array(count, rows.size(1)), rows);
  }

  /** Copies the own tokens' rows to {@code packed}, which may be {@code rows} if all are. */
  INDArray packInto(INDArray packed, INDArray rows) {
    if (!isAll()) {
      for (Run run : runs) {
        HostArrays.copyRows(rows, run.from, packed, run.packed, run.length);
      }
    }
    return packed;
  }

  /** Copies the own tokens' rows back and makes the others zeros. */
  void unpack(INDArray packed, INDArray rows) {
    if (isAll()) {
      return;
    }
    rows.assign(0);
    for (Run run : runs) {
      HostArrays.copyRows(packed, run.packed, rows, run.from, run.length);
    }
  }
}
