package org.nola4j.basis;

/**
 * Sums of coefficients with every pattern of signs, for the sign law.
 *
 * <p>A hash word gives the signs of 27 vectors, in three groups of nine. The sum of a group is
 * defined as {@code (t0 + t1) + t2} with {@code t = (c0 + c1) + c2}, each c with its sign, so that
 * it can be looked up by three or by nine bits with equal bits as the result.
 */
final class SignTables {
  static final int GROUP = 9;
  static final int GROUPS = 3;
  static final int NINES = 1 << GROUP;

  private SignTables() {}

  /** Eight sums a triple: entry {@code p} has coefficient j negative where bit j of p is set. */
  static float[] triples(float[] c, int keys) {
    int triples = keys * Law.SIGN.vectorsPerKey() / 3;
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

  /** 512 sums a group of nine, {@code 3 * keys} groups: 6 KiB a key. */
  static float[] nines(float[] c, int keys) {
    float[] triples = triples(c, keys);
    float[] table = new float[NINES * GROUPS * keys];
    for (int g = 0; g < GROUPS * keys; g++) {
      int t = 24 * g;
      for (int p = 0; p < NINES; p++) {
        table[NINES * g + p] =
            triples[t + (p & 7)] + triples[t + 8 + (p >> 3 & 7)] + triples[t + 16 + (p >> 6)];
      }
    }
    return table;
  }

  /** The last key's vectors beyond the count have coefficient zero. */
  private static float at(float[] c, int i) {
    return i < c.length ? c[i] : 0f;
  }

  /** Adds to each element the three sums that its word's lowest 27 bits name. */
  static void add(float[] table, int key, int[] words, float[] elements, int count) {
    int first = key * GROUPS * NINES;
    int second = first + NINES;
    int third = second + NINES;
    for (int e = 0; e < count; e++) {
      int x = words[e];
      elements[e] =
          ((elements[e] + table[first + (x & 511)]) + table[second + (x >>> 9 & 511)])
              + table[third + (x >>> 18 & 511)];
    }
  }
}
