// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

/**
 * The loops of the distribution {@link Distribution#HADAMARD}, over arrays that fit a cache. All
 * counts are multiples of 32, and signs are packed: that of number p is bit p % 32 of word p / 32.
 *
 * <p>The stage of distance h replaces each pair {@code (x[j], x[j + h])}, j without the bit h, by
 * its sum and its difference; the stages of distances 1, 2, 4 .. K/2 in any order multiply K
 * numbers by the Walsh-Hadamard matrix. The specification fixes the order.
 */
interface Butterflies {
  /** Arrays of signs are longer than their count by as much, which may be overwritten. */
  int SPARE_WORDS = 16;

  /**
   * Fills {@code words} from 0 on with {@code count} words of a stream of signs.
   *
   * @param first below 2^27
   */
  void words(Signs signs, long first, int[] words, int count);

  /** {@code to[p] = -from[p]} where the bit is set, else {@code from[p]}. */
  void flip(float[] from, int[] signs, float[] to, int count);

  /**
   * Adds x to sums, subtracts where the bit is set.
   *
   * @param firstWord of the signs of the {@code count} numbers in x, which {@code sums} has from
   *     {@code 32 * firstWord} on
   */
  void addFlipped(float[] x, int[] signs, int firstWord, float[] sums, int count);

  /** {@code x[j] += x[j + count]}: the sums of a stage whose differences are not needed. */
  void fold(float[] x, int count);

  /** {@code sums[i] += x[i]} for {@code from <= i < to}. */
  void add(float[] x, double[] sums, int from, int to);

  /**
   * The stages of distances from, from / 2 .. 1, none if 0, and then the signs.
   *
   * @param x of {@code count} numbers; overwritten
   * @param to receives the results from {@code at} on; may be x
   */
  void descend(float[] x, int count, int from, int[] signs, float[] to, int at);

  /**
   * The signs, and then the stages of distances 1, 2 .. to, none if 0.
   *
   * @param from has the {@code count} numbers from {@code at} on
   * @param x receives the results; may be {@code from}
   */
  void ascend(float[] from, int at, int[] signs, float[] x, int count, int to);
}
