// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

/**
 * {@code docs/basis-v2.md} transcribed sentence by sentence, as {@link BasisSpecification} is of
 * its document: one output number at a time, and every stage for whole blocks.
 */
final class StructuredSpecification {
  private static final float Q = 0x1.279a74p-1f;

  private StructuredSpecification() {}

  static int blockSize(int count) {
    int size = 1;
    while (size < count) {
      size = 2 * size;
    }
    return size;
  }

  /** 1 or -1 for position {@code p} of a stream of signs. */
  static int sign(long seed, long stream, long p) {
    long word = BasisSpecification.word(BasisSpecification.key(seed, stream), p / 32);
    return (word >>> (p % 32)) % 2 == 0 ? 1 : -1;
  }

  private static int inner(Basis basis, long p) {
    return sign(basis.seed(), 4294967296L, p);
  }

  private static int outer(Basis basis, long p) {
    return sign(basis.seed(), 4294967297L, p);
  }

  private static long oneHotWord(Basis basis, int e) {
    return BasisSpecification.word(BasisSpecification.key(basis.seed(), 4294967298L), e);
  }

  private static int oneHotVector(Basis basis, long word) {
    return (int) (word / 2 * basis.count() / 2147483648L);
  }

  private static float oneHotMagnitude(Basis basis) {
    return (float) Math.sqrt(basis.count() / 3.0);
  }

  static float element(Basis basis, int i, int e) {
    if (basis.distribution() == Distribution.ONE_HOT) {
      long word = oneHotWord(basis, e);
      float magnitude = oneHotVector(basis, word) == i ? oneHotMagnitude(basis) : 0f;
      return (word % 2 == 0 ? magnitude : -magnitude) * basis.scale();
    }
    int size = blockSize(basis.count());
    int row = e % size;
    int entry = 1;
    for (int bit = 1; bit < size; bit = 2 * bit) {
      if ((row & bit) != 0 && (i & bit) != 0) {
        entry = -entry;
      }
    }
    return outer(basis, e) * entry * inner(basis, e - row + (long) i) * Q * basis.scale();
  }

  static float[] mix(Basis basis, float[] coefficients) {
    float[] out = new float[basis.length()];
    if (basis.distribution() == Distribution.ONE_HOT) {
      for (int e = 0; e < out.length; e++) {
        long word = oneHotWord(basis, e);
        float c = coefficients[oneHotVector(basis, word)] * basis.scale() * oneHotMagnitude(basis);
        out[e] = word % 2 == 0 ? c : -c;
      }
      return out;
    }
    int size = blockSize(basis.count());
    for (int block = 0; block < out.length; block += size) {
      float[] x = new float[size];
      for (int i = 0; i < size; i++) {
        float c = i < basis.count() ? coefficients[i] * basis.scale() * Q : 0f;
        x[i] = inner(basis, block + (long) i) * c;
      }
      for (int h = size / 2; h >= 1; h = h / 2) {
        stage(x, h);
      }
      for (int j = 0; j < size && block + j < out.length; j++) {
        out[block + j] = outer(basis, block + j) * x[j];
      }
    }
    return out;
  }

  static float[] project(Basis basis, float[] gradient) {
    return basis.distribution() == Distribution.ONE_HOT
        ? projectOneHot(basis, gradient)
        : projectHadamard(basis, gradient);
  }

  private static float[] projectHadamard(Basis basis, float[] gradient) {
    int size = blockSize(basis.count());
    int lanes = Math.max(size, 32);
    int tile = Math.max(lanes, 4096);
    double[] total = new double[size];
    for (int from = 0; from < gradient.length; from += tile) {
      float[] sums = new float[lanes];
      for (int block = from; block < Math.min(gradient.length, from + tile); block += size) {
        float[] x = new float[size];
        for (int j = 0; j < size && block + j < gradient.length; j++) {
          x[j] = outer(basis, block + j) * gradient[block + j];
        }
        for (int h = 1; h < size; h = 2 * h) {
          stage(x, h);
        }
        for (int i = 0; i < size; i++) {
          int lane = (block + i) % lanes;
          sums[lane] = sums[lane] + inner(basis, block + (long) i) * x[i];
        }
      }
      for (int d = lanes / 2; d >= size; d = d / 2) {
        for (int i = 0; i < d; i++) {
          sums[i] = sums[i] + sums[i + d];
        }
      }
      for (int i = 0; i < size; i++) {
        total[i] = total[i] + sums[i];
      }
    }
    return scaled(basis, total, Q);
  }

  private static float[] projectOneHot(Basis basis, float[] gradient) {
    int tile = Math.max(16384, 8 * basis.count());
    double[] total = new double[basis.count()];
    for (int from = 0; from < gradient.length; from += tile) {
      double[] sums = new double[basis.count()];
      for (int e = from; e < Math.min(gradient.length, from + tile); e++) {
        long word = oneHotWord(basis, e);
        int i = oneHotVector(basis, word);
        sums[i] = sums[i] + (word % 2 == 0 ? gradient[e] : -gradient[e]);
      }
      for (int i = 0; i < total.length; i++) {
        total[i] = total[i] + sums[i];
      }
    }
    return scaled(basis, total, oneHotMagnitude(basis));
  }

  private static float[] scaled(Basis basis, double[] total, float magnitude) {
    float[] out = new float[basis.count()];
    for (int i = 0; i < out.length; i++) {
      double scaled = total[i] * basis.scale();
      out[i] = (float) (scaled * magnitude);
    }
    return out;
  }

  private static void stage(float[] x, int h) {
    for (int j = 0; j < x.length; j++) {
      if ((j & h) == 0) {
        float a = x[j];
        float b = x[j + h];
        x[j] = a + b;
        x[j + h] = a - b;
      }
    }
  }
}
