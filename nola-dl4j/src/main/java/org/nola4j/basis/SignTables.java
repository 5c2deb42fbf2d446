// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.Arrays;

/**
 * Sums of coefficients with every pattern of signs, for the sign distribution.
 *
 * <p>A hash word gives the signs of 27 vectors, in three groups of nine. The sum of a group is
 * defined as {@code (t0 + t1) + t2} with {@code t = (c0 + c1) + c2}, each c with its sign, so that
 * a lookup by three bits, one by nine, and none give the same result, bit for bit.
 */
final class SignTables {
  static final int GROUP = 9;
  static final int GROUPS = 3;
  static final int NINES = 1 << GROUP;

  private SignTables() {}

  /** Eight sums per triple: entry {@code p} has coefficient j negative where bit j of p is set. */
  static float[] triples(float[] c, int keys) {
    int triples = keys * Distribution.SIGN.vectorsPerKey() / 3;
    float[] table = new float[8 * triples];
    for (int t = 0; t < triples; t++) {
      float c0 = at(c, 3 * t);
      float c1 = at(c, 3 * t + 1);
      float c2 = at(c, 3 * t + 2);
      for (int p = 0; p < 8; p++) {
        table[8 * t + p] =
            ((p & 1) == 0 ? c0 : -c0) + ((p & 2) == 0 ? c1 : -c1) + ((p & 4) == 0 ? c2 : -c2);
      }
    }
    return table;
  }

  /** The coefficients as IEEE 754 bits. */
  static int[] bits(float[] c, int keys) {
    int[] bits = new int[keys * Distribution.SIGN.vectorsPerKey()];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(at(c, i)));
    return bits;
  }

  /** 512 sums per group of nine, {@code 3 * keys} groups: 6 KiB per key. */
  static float[][] nines(float[] c, int keys) {
    float[] triples = triples(c, keys);
    float[][] tables = new float[GROUPS * keys][NINES];
    for (int g = 0; g < tables.length; g++) {
      int t = 24 * g;
      for (int p = 0; p < NINES; p++) {
        tables[g][p] =
            triples[t + (p & 7)] + triples[t + 8 + (p >> 3 & 7)] + triples[t + 16 + (p >> 6)];
      }
    }
    return tables;
  }

  /** Vectors of the last key past the count have coefficient zero. */
  private static float at(float[] c, int i) {
    return i < c.length ? c[i] : 0f;
  }

  /** Adds to each element the three sums that the lowest 27 bits of its word select. */
  static void add(float[][] tables, int key, int[] words, float[] elements, int count) {
    int group = key * GROUPS;
    add(tables[group], tables[group + 1], tables[group + 2], words, elements, count);
  }

  /**
   * The lengths are {@link #NINES}; masking with them, rather than with the constant, is how C2
   * sees that no index is out of range: 1.4 times as fast.
   */
  private static void add(
      float[] first, float[] second, float[] third, int[] words, float[] elements, int count) {
    for (int e = 0; e < count; e++) {
      int x = words[e];
      elements[e] =
          ((elements[e] + first[x & (first.length - 1)])
                  + second[x >>> GROUP & (second.length - 1)])
              + third[(x >>> (2 * GROUP)) & (third.length - 1)];
    }
  }
}
