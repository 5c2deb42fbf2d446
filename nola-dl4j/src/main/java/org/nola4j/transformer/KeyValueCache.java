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

  /** Slots of all sequences before their own. */
  private int prefix;

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
    int size = Math.multiplyExact(prefix + slots, width);
    if (keys.length < size) {
      keys = Arrays.copyOf(keys, size);
      values = Arrays.copyOf(values, size);
    }
  }

  /** Stores one token's key and value, which begin at {@code from} of their arrays. */
  void put(int slot, float[] key, float[] value, int from) {
    int to = (prefix + slot) * width;
    System.arraycopy(key, from, keys, to, width);
    System.arraycopy(value, from, values, to, width);
  }

  /** Puts keys and values before those of all sequences, which must be stored again. */
  void setPrefix(float[] keys, float[] values) {
    prefix = keys.length / width;
    require(0);
    System.arraycopy(keys, 0, this.keys, 0, keys.length);
    System.arraycopy(values, 0, this.values, 0, values.length);
  }

  /** The places of the prefix and of a sequence's slots. */
  private int[] places(int[] slots, int count) {
    int[] places = new int[prefix + count];
    for (int i = 0; i < places.length; i++) {
      places[i] = i < prefix ? i : prefix + slots[i - prefix];
    }
    return places;
  }

  /**
   * Attention of one token, in all heads: softmax(q K' / sqrt(headWidth)) V.
   *
   * @param slots of the token itself and those before it
   * @param count of them
   * @param begin of the query in {@code queries}, and of the result in {@code result}
   */
  void attend(float[] queries, int begin, int[] slots, int count, float[] result) {
    int[] places = prefix == 0 ? slots : places(slots, count);
    int all = prefix + count;
    if (scores.length < all) {
      scores = new float[2 * all];
    }
    float scale = (float) (1 / Math.sqrt((double) headWidth));
    int sharing = heads.heads() / heads.keyValueHeads();
    Arrays.fill(result, begin, begin + heads.heads() * headWidth, 0);
    for (int head = 0; head < heads.heads(); head++) {
      int of = begin + head * headWidth;
      int offset = head / sharing * headWidth;
      float largest = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < all; i++) {
        scores[i] = scale * dot(queries, of, keys, places[i] * width + offset, headWidth);
        largest = Math.max(largest, scores[i]);
      }
      float sum = 0;
      for (int i = 0; i < all; i++) {
        scores[i] = (float) Math.exp(scores[i] - largest);
        sum += scores[i];
      }
      for (int i = 0; i < all; i++) {
        add(scores[i] / sum, values, places[i] * width + offset, result, of, headWidth);
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
