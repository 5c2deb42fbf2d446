// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.basis;

import java.util.Arrays;

/**
 * A seeded assignment of many elements to a few shared values, HashedNet's counterpart of a {@link
 * org.nola4j.basis.Basis} (Chen et al., <i>Compressing Neural Networks with the Hashing Trick</i>,
 * ICML 2015).
 *
 * <p>Element {@code e} is {@code sign(e) * value[bucket(e)]}. Hashed buckets follow from the
 * element's hash word x under key 0 of the seed: {@code bucket = (x >>> 1) * buckets >>> 31},
 * negative where x is odd. Balanced buckets have equal sizes (up to one) and no sign: the elements
 * sorted by (unsigned hash word, index) are dealt out in turn.
 *
 * <p>{@link #expand} and {@link #pullBack} cost one addition per element; the balanced form keeps
 * four bytes per element.
 */
public final class Buckets {
  private final int count;
  private final int length;
  private final int offset;
  private final int multiplier;

  /** Bucket of each element when balanced, else null. */
  private final int[] dealt;

  private Buckets(long seed, int count, int length, boolean balanced) {
    if (count < 1 || length < 1) {
      throw new IllegalArgumentException(
          "hashing needs at least one bucket and one element, but buckets = "
              + count
              + ", elements = "
              + length);
    }
    long key = Generator.key(seed, 0);
    this.count = count;
    this.length = length;
    this.offset = Generator.offset(key);
    this.multiplier = Generator.multiplier(key);
    this.dealt = balanced ? deal() : null;
  }

  /** Buckets and signs by hashing; bucket sizes vary randomly. */
  public static Buckets hashed(long seed, int count, int length) {
    return new Buckets(seed, count, length, false);
  }

  /** Buckets of equal size, without signs: the HashedNet variant in PRANC's released code. */
  public static Buckets balanced(long seed, int count, int length) {
    return new Buckets(seed, count, length, true);
  }

  /** The number of shared values. */
  public int count() {
    return count;
  }

  /** The number of elements. */
  public int length() {
    return length;
  }

  /** The bucket of an element, in 0 .. count-1. */
  public int bucket(int element) {
    return dealt != null ? dealt[element] : bucket(word(element), count);
  }

  /** Which of {@code count} buckets a hash word selects; its lowest bit is the sign. */
  public static int bucket(int word, int count) {
    return (int) (((long) (word >>> 1) * count) >>> 31);
  }

  /** The sign of an element, 1 or -1. */
  public int sign(int element) {
    return dealt != null || (word(element) & 1) == 0 ? 1 : -1;
  }

  /** {@code out[e] = sign(e) * values[bucket(e)]}. */
  public void expand(float[] values, float[] out) {
    check(values.length, out.length);
    for (int e = 0; e < length; e++) {
      out[e] = sign(e) * values[bucket(e)];
    }
  }

  /** As {@link #expand(float[], float[])}. */
  public void expand(double[] values, double[] out) {
    check(values.length, out.length);
    for (int e = 0; e < length; e++) {
      out[e] = sign(e) * values[bucket(e)];
    }
  }

  /**
   * The transpose: {@code out[b] = sum over e in b of sign(e) * gradient[e]}, summed in double in
   * order of e.
   */
  public void pullBack(float[] gradient, float[] out) {
    check(out.length, gradient.length);
    double[] sums = new double[count];
    for (int e = 0; e < length; e++) {
      sums[bucket(e)] += sign(e) * gradient[e];
    }
    for (int b = 0; b < count; b++) {
      out[b] = (float) sums[b];
    }
  }

  /** As {@link #pullBack(float[], float[])}. */
  public void pullBack(double[] gradient, double[] out) {
    check(out.length, gradient.length);
    Arrays.fill(out, 0);
    for (int e = 0; e < length; e++) {
      out[bucket(e)] += sign(e) * gradient[e];
    }
  }

  private int word(int element) {
    return Generator.word(Generator.position(element), offset, multiplier);
  }

  private int[] deal() {
    long[] order = new long[length];
    for (int e = 0; e < length; e++) {
      order[e] = (((long) word(e) << 32) ^ Long.MIN_VALUE) | e;
    }
    Arrays.parallelSort(order);
    int[] buckets = new int[length];
    for (int rank = 0; rank < length; rank++) {
      buckets[(int) order[rank]] = rank % count;
    }
    return buckets;
  }

  private void check(int values, int elements) {
    if (values != count || elements != length) {
      throw new IllegalArgumentException(
          "expected "
              + count
              + " values and "
              + length
              + " elements, but got "
              + values
              + " and "
              + elements);
    }
  }
}
