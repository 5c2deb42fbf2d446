// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The tokens of a batch that have a label.
 *
 * @param rows their places among all tokens, in order
 * @param ids the label of each
 * @param tokens per sequence
 * @param all tokens of the batch
 */
record TokenLabels(int[] rows, int[] ids, int tokens, int all) {
  /**
   * Reads DL4J's labels.
   *
   * @param labels [batch, tokens] or [batch, 1, tokens]
   * @param mask ones for tokens that count, as DL4J has it; null if all do
   * @param input of the layer, [batch, tokens, width]
   * @param words the size of the vocabulary
   */
  static TokenLabels of(String layer, INDArray labels, INDArray mask, INDArray input, long words) {
    int batch = (int) input.size(0);
    int tokens = (int) input.size(1);
    double[] numbers = numbers(layer, "labels", labels, batch, tokens);
    double[] counts = mask == null ? null : numbers(layer, "label mask", mask, batch, tokens);
    int[] rows = new int[numbers.length];
    int[] ids = new int[numbers.length];
    int count = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (counts == null || isLabeled(layer, counts[i])) {
        rows[count] = i;
        ids[count++] = id(layer, numbers[i], i, tokens, words);
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          layer + ": the label mask leaves no token of the batch: leave such batches out");
    }
    return new TokenLabels(
        Arrays.copyOf(rows, count), Arrays.copyOf(ids, count), tokens, numbers.length);
  }

  private static double[] numbers(
      String layer, String what, INDArray array, int batch, int tokens) {
    boolean fits =
        (array.rank() == 2 || (array.rank() == 3 && array.size(1) == 1))
            && array.size(0) == batch
            && array.size(array.rank() - 1) == tokens;
    if (!fits) {
      throw new IllegalArgumentException(
          "%s: expected %s of shape [%d, %d] or [%d, 1, %d], but got %s"
              .formatted(
                  layer, what, batch, tokens, batch, tokens, Arrays.toString(array.shape())));
    }
    return array.dup('c').data().asDouble();
  }

  private static boolean isLabeled(String layer, double mask) {
    if (mask != 0 && mask != 1) {
      throw new IllegalArgumentException(
          layer + ": expected a label mask of ones and zeros, but it has " + mask);
    }
    return mask == 1;
  }

  private static int id(String layer, double number, int index, int tokens, long words) {
    int id = (int) number;
    if (id != number || id < 0 || id >= words) {
      throw new IllegalArgumentException(
          "%s: expected labels that are whole numbers from 0 to %d, but that of token %d of text %d is %s: mask tokens without a label"
              .formatted(layer, words - 1, index % tokens, index / tokens, number));
    }
    return id;
  }

  int count() {
    return rows.length;
  }

  boolean isAll() {
    return rows.length == all;
  }

  /** For each token of the batch its place among those with a label, or their number. */
  int[] places() {
    int[] places = new int[all];
    Arrays.fill(places, rows.length);
    for (int i = 0; i < rows.length; i++) {
      places[rows[i]] = i;
    }
    return places;
  }

  /** The mean of the values of each sequence's tokens, 0 for a sequence without one. */
  double[] meanBySequence(double[] values) {
    double[] sums = new double[all / tokens];
    int[] counts = new int[sums.length];
    for (int i = 0; i < rows.length; i++) {
      sums[rows[i] / tokens] += values[i];
      counts[rows[i] / tokens]++;
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= Math.max(1, counts[i]);
    }
    return sums;
  }
}
