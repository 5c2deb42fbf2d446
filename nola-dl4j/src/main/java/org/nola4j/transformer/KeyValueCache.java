// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;

/**
 * Keys and values of one block by slots, which sequences refer to: those with a common beginning
 * share its slots, so that beams fork without a copy. And attention of one query to them.
 */
final class KeyValueCache {
  private final SharedHeads heads;
  private final int headWidth;
  private final int width;
  private float[] keys = new float[0];
  private float[] values = new float[0];
  private float[] scores = new float[0];

  /**
   * @param queryWidth of a token, of all heads of queries
   */
  KeyValueCache(SharedHeads heads, int queryWidth) {
    this.heads = heads;
    this.headWidth = queryWidth / heads.heads();
    this.width = heads.narrow(queryWidth);
  }

  /** Makes room for this many slots; what is stored stays. */
  void require(int slots) {
    int size = Math.multiplyExact(slots, width);
    if (keys.length < size) {
      keys = Arrays.copyOf(keys, size);
      values = Arrays.copyOf(values, size);
    }
  }

  /** Stores one token's key and value, which begin at {@code from} of their arrays. */
  void put(int slot, float[] key, float[] value, int from) {
    System.arraycopy(key, from, keys, slot * width, width);
    System.arraycopy(value, from, values, slot * width, width);
  }

  /**
   * Attention of one token, in all heads: softmax(q K' / sqrt(headWidth)) V.
   *
   * @param slots of the token itself and those before it
   * @param count of them
   * @param begin of the query in {@code queries}, and of the result in {@code result}
   */
  void attend(float[] queries, int begin, int[] slots, int count, float[] result) {
    if (scores.length < count) {
      scores = new float[2 * count];
    }
    float scale = (float) (1 / Math.sqrt((double) headWidth));
    int sharing = heads.heads() / heads.keyValueHeads();
    Arrays.fill(result, begin, begin + heads.heads() * headWidth, 0);
    for (int head = 0; head < heads.heads(); head++) {
      int of = begin + head * headWidth;
      int offset = head / sharing * headWidth;
      float largest = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < count; i++) {
        scores[i] = scale * dot(queries, of, keys, slots[i] * width + offset, headWidth);
        largest = Math.max(largest, scores[i]);
      }
      float sum = 0;
      for (int i = 0; i < count; i++) {
        scores[i] = (float) Math.exp(scores[i] - largest);
        sum += scores[i];
      }
      for (int i = 0; i < count; i++) {
        add(scores[i] / sum, values, slots[i] * width + offset, result, of, headWidth);
      }
    }
  }

  /** In four sums, which the processor computes at once. */
  private static float dot(float[] a, int fromA, float[] b, int fromB, int length) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int whole = length - length % 4;
    for (int i = 0; i < whole; i += 4) {
      sum0 += a[fromA + i] * b[fromB + i];
      sum1 += a[fromA + i + 1] * b[fromB + i + 1];
      sum2 += a[fromA + i + 2] * b[fromB + i + 2];
      sum3 += a[fromA + i + 3] * b[fromB + i + 3];
    }
    for (int i = whole; i < length; i++) {
      sum0 += a[fromA + i] * b[fromB + i];
    }
    return sum0 + sum1 + (sum2 + sum3);
  }

  private static void add(
      float factor, float[] from, int begin, float[] to, int beginTo, int length) {
    for (int i = 0; i < length; i++) {
      to[beginTo + i] += factor * from[begin + i];
    }
  }
}
