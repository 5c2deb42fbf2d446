// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import org.nola4j.internal.basis.Generator;

/** Butterflies without the Vector API: two stages in registers at a time. */
final class PlainButterflies implements Butterflies {
  @Override
  public void words(Signs signs, long first, int[] words, int count) {
    for (int w = 0; w < count; w++) {
      int position = Generator.position((int) first + w);
      words[w] = Generator.word(position, signs.offset(), signs.multiplier());
    }
  }

  @Override
  public void flip(float[] from, int[] signs, float[] to, int count) {
    flip(from, 0, signs, to, 0, count);
  }

  private static void flip(float[] from, int fromAt, int[] signs, float[] to, int toAt, int count) {
    for (int p = 0; p < count; p += Signs.PER_WORD) {
      int word = signs[p / Signs.PER_WORD];
      for (int i = 0; i < Signs.PER_WORD; i++) {
        to[toAt + p + i] = flipped(from[fromAt + p + i], word << (31 - i));
      }
    }
  }

  @Override
  public void addFlipped(float[] x, int[] signs, int firstWord, float[] sums, int count) {
    int at = firstWord * Signs.PER_WORD;
    for (int p = 0; p < count; p += Signs.PER_WORD) {
      int word = signs[firstWord + p / Signs.PER_WORD];
      for (int i = 0; i < Signs.PER_WORD; i++) {
        sums[at + p + i] += flipped(x[p + i], word << (31 - i));
      }
    }
  }

  /** The number with its sign changed where the highest bit is set. */
  static float flipped(float x, int bits) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(x) ^ (bits & Integer.MIN_VALUE));
  }

  @Override
  public void fold(float[] x, int count) {
    for (int j = 0; j < count; j++) {
      x[j] += x[j + count];
    }
  }

  @Override
  public void add(float[] x, double[] sums, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += x[i];
    }
  }

  @Override
  public void descend(float[] x, int count, int from, int[] signs, float[] to, int at) {
    int h = from;
    for (; h > 1; h /= 4) {
      descendTwo(x, count, h);
    }
    if (h == 1) {
      one(x, count, 1);
    }
    flip(x, 0, signs, to, at, count);
  }

  @Override
  public void ascend(float[] from, int at, int[] signs, float[] x, int count, int to) {
    flip(from, at, signs, x, 0, count);
    int h = 1;
    for (; h < to; h *= 4) {
      ascendTwo(x, count, h);
    }
    if (h == to) {
      one(x, count, h);
    }
  }

  private static void one(float[] x, int count, int h) {
    for (int block = 0; block < count; block += 2 * h) {
      for (int j = block; j < block + h; j++) {
        float a = x[j];
        float b = x[j + h];
        x[j] = a + b;
        x[j + h] = a - b;
      }
    }
  }

  /** Distances h and h / 2. */
  private static void descendTwo(float[] x, int count, int h) {
    int half = h / 2;
    for (int block = 0; block < count; block += 2 * h) {
      for (int j = block; j < block + half; j++) {
        float a = x[j];
        float b = x[j + half];
        float c = x[j + h];
        float d = x[j + h + half];
        float ac = a + c;
        float bd = b + d;
        float acDifference = a - c;
        float bdDifference = b - d;
        x[j] = ac + bd;
        x[j + half] = ac - bd;
        x[j + h] = acDifference + bdDifference;
        x[j + h + half] = acDifference - bdDifference;
      }
    }
  }

  /** Distances h and 2 h. */
  private static void ascendTwo(float[] x, int count, int h) {
    for (int block = 0; block < count; block += 4 * h) {
      for (int j = block; j < block + h; j++) {
        float a = x[j];
        float b = x[j + h];
        float c = x[j + 2 * h];
        float d = x[j + 3 * h];
        float ab = a + b;
        float cd = c + d;
        float abDifference = a - b;
        float cdDifference = c - d;
        x[j] = ab + cd;
        x[j + h] = abDifference + cdDifference;
        x[j + 2 * h] = ab - cd;
        x[j + 3 * h] = abDifference - cdDifference;
      }
    }
  }
}
