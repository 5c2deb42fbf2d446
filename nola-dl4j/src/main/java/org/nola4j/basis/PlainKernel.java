package org.nola4j.basis;

import java.util.Arrays;

/** The kernel without the Vector API: loops that the JIT compiler vectorises as far as it can. */
final class PlainKernel extends TiledKernel {
  PlainKernel(int threadLimit) {
    super(threadLimit);
  }

  @Override
  public String name() {
    return "plain";
  }

  @Override
  void mixUniform(Keys keys, float[] c, int words, Scratch s) {
    Arrays.fill(s.low, 0, words, 0f);
    Arrays.fill(s.high, 0, words, 0f);
    for (int i = 0; i < c.length; i++) {
      Generator.words(s.positions, keys.offsets()[i], keys.multipliers()[i], s.words, words);
      addLow(s.words, c[i], s.low, words);
      addHigh(s.words, c[i], s.high, words);
    }
    for (int block = 0; block < words; block += 16) {
      System.arraycopy(s.low, block, s.elements, 2 * block, 16);
      System.arraycopy(s.high, block, s.elements, 2 * block + 16, 16);
    }
  }

  private static void addLow(int[] words, float c, float[] low, int count) {
    for (int w = 0; w < count; w++) {
      low[w] += (float) ((words[w] | 1) << 16) * c;
    }
  }

  private static void addHigh(int[] words, float c, float[] high, int count) {
    for (int w = 0; w < count; w++) {
      high[w] += (float) ((words[w] & 0xFFFF0000) | 0x10000) * c;
    }
  }

  @Override
  void projectUniform(Keys keys, int fromKey, int toKey, int words, Scratch s, double[] sums) {
    for (int i = fromKey; i < toKey; i++) {
      Generator.words(s.positions, keys.offsets()[i], keys.multipliers()[i], s.words, words);
      Arrays.fill(s.lanes, 0, LANES, 0f);
      for (int block = 0; block < words; block += 16) {
        addProducts(s.words, block, s.elements, s.lanes);
      }
      sums[i] += tree(s.lanes, 0);
    }
  }

  private static void addProducts(int[] words, int block, float[] gradient, float[] lanes) {
    for (int j = 0; j < 16; j++) {
      int odd = words[block + j] | 0x00010001;
      lanes[j] += (float) (odd << 16) * gradient[2 * block + j];
      lanes[j + 16] += (float) (odd & 0xFFFF0000) * gradient[2 * block + 16 + j];
    }
  }

  @Override
  Object signTables(float[] c, int keys) {
    return SignTables.nines(c, keys);
  }

  @Override
  void mixSign(Keys keys, Object tables, int words, Scratch s) {
    Arrays.fill(s.elements, 0, words, 0f);
    for (int key = 0; key < keys.count(); key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      SignTables.add((float[][]) tables, key, s.words, s.elements, words);
    }
  }

  @Override
  void projectSign(Keys keys, int fromKey, int toKey, int words, Scratch s, double[] sums) {
    int perKey = Law.SIGN.vectorsPerKey();
    for (int key = fromKey; key < toKey; key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      for (int bit = 0; bit < perKey; bit++) {
        Arrays.fill(s.lanes, 0, LANES, 0f);
        for (int block = 0; block < words; block += LANES) {
          addSigned(s.words, 31 - bit, block, s.elements, s.lanes);
        }
        sums[key * perKey + bit] += tree(s.lanes, 0);
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
