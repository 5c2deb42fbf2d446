// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.Arrays;
import org.nola4j.internal.basis.Generator;

/** The kernel without the Vector API: loops that the JIT compiler vectorizes as far as it can. */
final class PlainKernel extends TiledKernel {
  /** Offset of the elements from high halves of words, which follow those from low halves. */
  private static final int HIGH = TILE / 2;

  PlainKernel(int threadLimit) {
    super(threadLimit, new PlainButterflies());
  }

  @Override
  public String name() {
    return "plain";
  }

  @Override
  void mixUniform(Keys keys, float[][] c, int words, Scratch s) {
    for (int r = 0; r < c.length; r++) {
      Arrays.fill(s.partial[r], 0f);
    }
    for (int i = 0; i < keys.count(); i++) {
      Generator.words(s.positions, keys.offsets()[i], keys.multipliers()[i], s.words, words);
      if (c.length == 1) {
        addLow(s.words, c[0][i], s.partial[0], words);
        addHigh(s.words, c[0][i], s.partial[0], words);
      } else {
        low(s.words, s.basis, words);
        high(s.words, s.basis, words);
        for (int r = 0; r < c.length; r++) {
          addScaled(s.basis, 0, c[r][i], s.partial[r], words);
          addScaled(s.basis, HIGH, c[r][i], s.partial[r], words);
        }
      }
    }
    for (int r = 0; r < c.length; r++) {
      for (int block = 0; block < words; block += 16) {
        System.arraycopy(s.partial[r], block, s.elements[r], 2 * block, 16);
        System.arraycopy(s.partial[r], HIGH + block, s.elements[r], 2 * block + 16, 16);
      }
    }
  }

  private static float low(int word) {
    return (float) ((word | 1) << 16);
  }

  private static float high(int word) {
    return (float) ((word & 0xFFFF0000) | 0x10000);
  }

  private static void low(int[] words, float[] elements, int count) {
    for (int w = 0; w < count; w++) {
      elements[w] = low(words[w]);
    }
  }

  private static void high(int[] words, float[] elements, int count) {
    for (int w = 0; w < count; w++) {
      elements[HIGH + w] = high(words[w]);
    }
  }

  private static void addLow(int[] words, float c, float[] sums, int count) {
    for (int w = 0; w < count; w++) {
      sums[w] += low(words[w]) * c;
    }
  }

  private static void addHigh(int[] words, float c, float[] sums, int count) {
    for (int w = 0; w < count; w++) {
      sums[HIGH + w] += high(words[w]) * c;
    }
  }

  private static void addScaled(float[] elements, int from, float c, float[] sums, int count) {
    for (int w = from; w < from + count; w++) {
      sums[w] += elements[w] * c;
    }
  }

  @Override
  void projectUniform(Keys keys, int fromKey, int toKey, int words, Scratch s, double[][] sums) {
    for (int i = fromKey; i < toKey; i++) {
      Generator.words(s.positions, keys.offsets()[i], keys.multipliers()[i], s.words, words);
      for (int r = 0; r < sums.length; r++) {
        Arrays.fill(s.lanes, 0, LANES, 0f);
        for (int block = 0; block < words; block += 16) {
          addProducts(s.words, block, s.elements[r], s.lanes);
        }
        sums[r][i] += tree(s.lanes, 0);
      }
    }
  }

  private static void addProducts(int[] words, int block, float[] gradient, float[] lanes) {
    for (int j = 0; j < 16; j++) {
      lanes[j] += low(words[block + j]) * gradient[2 * block + j];
      lanes[j + 16] += high(words[block + j]) * gradient[2 * block + 16 + j];
    }
  }

  @Override
  Object signTables(float[] c, int keys) {
    return SignTables.nines(c, keys);
  }

  @Override
  void mixSign(Keys keys, Object[] tables, int words, Scratch s) {
    for (int r = 0; r < tables.length; r++) {
      Arrays.fill(s.elements[r], 0, words, 0f);
    }
    for (int key = 0; key < keys.count(); key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      for (int r = 0; r < tables.length; r++) {
        SignTables.add((float[][]) tables[r], key, s.words, s.elements[r], words);
      }
    }
  }

  @Override
  void projectSign(Keys keys, int fromKey, int toKey, int words, Scratch s, double[][] sums) {
    int perKey = Distribution.SIGN.vectorsPerKey();
    for (int key = fromKey; key < toKey; key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      for (int r = 0; r < sums.length; r++) {
        for (int bit = 0; bit < perKey; bit++) {
          Arrays.fill(s.lanes, 0, LANES, 0f);
          for (int block = 0; block < words; block += LANES) {
            addSigned(s.words, 31 - bit, block, s.elements[r], s.lanes);
          }
          sums[r][key * perKey + bit] += tree(s.lanes, 0);
        }
      }
    }
  }

  private static void addSigned(
      int[] words, int shift, int block, float[] gradient, float[] lanes) {
    for (int j = 0; j < LANES; j++) {
      int sign = words[block + j] << shift & Integer.MIN_VALUE;
      lanes[j] += Float.intBitsToFloat(Float.floatToRawIntBits(gradient[block + j]) ^ sign);
    }
  }
}
