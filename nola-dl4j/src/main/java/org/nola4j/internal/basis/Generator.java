// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.basis;

/**
 * The integer functions of {@code docs/basis-v1.md}, section 2: everything random in this project
 * comes from here.
 */
public final class Generator {
  /** First multiplier of {@link #word}: 2^32 divided by the golden ratio, rounded to odd. */
  public static final int MULTIPLIER = 0x9E3779B1;

  /** The first multiplier of {@link #position}. */
  public static final int FIRST_MIX = 0x7FEB352D;

  /** Its second multiplier. */
  public static final int SECOND_MIX = 0x846CA68B;

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Generator() {}

  /** The finalizer of SplitMix64: a bijection of 64-bit words. */
  public static long mix64(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /**
   * The 64-bit key of stream {@code index} under {@code seed}: low half the offset, high half the
   * multiplier.
   */
  public static long key(long seed, long index) {
    return mix64(mix64(seed) + (index + 1) * GOLDEN);
  }

  /** The first half of a key. */
  public static int offset(long key) {
    return (int) key;
  }

  /** The second half of a key, made odd. */
  public static int multiplier(long key) {
    return (int) (key >>> 32) | 1;
  }

  /**
   * Scatters word positions, the same for every key: done once per tile, so that it costs nothing
   * per vector.
   */
  public static int position(int word) {
    int x = (word ^ (word >>> 16)) * FIRST_MIX;
    x = (x ^ (x >>> 15)) * SECOND_MIX;
    return x ^ (x >>> 16);
  }

  /** The 32 random bits of one word position under one key. */
  public static int word(int position, int offset, int multiplier) {
    int x = (position ^ offset) * MULTIPLIER;
    x = (x ^ (x >>> 15)) * multiplier;
    return x ^ (x >>> 16);
  }

  /** Fills {@code positions} with those of {@code count} words from {@code firstWord} on. */
  public static void positions(int firstWord, int[] positions, int count) {
    for (int w = 0; w < count; w++) {
      int word = firstWord + w;
      int x = (word ^ (word >>> 16)) * FIRST_MIX;
      x = (x ^ (x >>> 15)) * SECOND_MIX;
      positions[w] = x ^ (x >>> 16);
    }
  }

  /** The words of {@code count} positions under one key; written so that the JIT vectorizes it. */
  public static void words(int[] positions, int offset, int multiplier, int[] words, int count) {
    for (int w = 0; w < count; w++) {
      int x = (positions[w] ^ offset) * MULTIPLIER;
      x = (x ^ (x >>> 15)) * multiplier;
      words[w] = x ^ (x >>> 16);
    }
  }
}
