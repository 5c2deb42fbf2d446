// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

/**
 * {@code docs/basis-v1.md} transcribed sentence by sentence: one output number at a time, unsigned
 * 32-bit words in a {@code long}, slow on purpose. Shares no code with the kernels, so that an
 * error would have to be made twice.
 */
final class BasisSpecification {
  private static final long LOW_32_BITS = 0xFFFFFFFFL;

  private BasisSpecification() {}

  static long mix64(long z) {
    long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
    return b ^ b >>> 31;
  }

  static long key(long seed, long stream) {
    return mix64(mix64(seed) + (stream + 1) * 0x9E3779B97F4A7C15L);
  }

  static long position(long w) {
    long a = (w ^ w >>> 16) * 0x7FEB352DL & LOW_32_BITS;
    long b = (a ^ a >>> 15) * 0x846CA68BL & LOW_32_BITS;
    return b ^ b >>> 16;
  }

  /** Word {@code w} of a stream, between 0 and 2^32 - 1. */
  static long word(long key, long w) {
    long offset = key & LOW_32_BITS;
    long multiplier = key >>> 32 | 1;
    long a = (position(w) ^ offset) * 0x9E3779B1L & LOW_32_BITS;
    long b = (a ^ a >>> 15) * multiplier & LOW_32_BITS;
    return b ^ b >>> 16;
  }

  /** The odd integer h | 1, -32767 .. 32767, of uniform element {@code e}. */
  static int oddHalf(long key, int e) {
    int block = e / 32;
    int inBlock = e % 32;
    long word = word(key, block * 16L + inBlock % 16);
    long half = inBlock < 16 ? word % 65536 : word / 65536;
    long odd = half % 2 == 0 ? half + 1 : half;
    return (int) (odd < 32768 ? odd : odd - 65536);
  }

  static int sign(long key, int bit, int e) {
    return (word(key, e) >>> bit) % 2 == 0 ? 1 : -1;
  }

  static float element(Basis basis, int i, int e) {
    if (basis.distribution().isStructured()) {
      return StructuredSpecification.element(basis, i, e);
    }
    if (basis.distribution() == Distribution.UNIFORM) {
      return oddHalf(key(basis.seed(), i), e) / 32768f * basis.scale();
    }
    return sign(key(basis.seed(), i / 27), i % 27, e) * basis.scale();
  }

  static float[] mix(Basis basis, float[] coefficients) {
    if (basis.distribution().isStructured()) {
      return StructuredSpecification.mix(basis, coefficients);
    }
    float[] mix = new float[basis.length()];
    for (int e = 0; e < mix.length; e++) {
      mix[e] = mix(basis, coefficients, e);
    }
    return mix;
  }

  static float[] project(Basis basis, float[] gradient) {
    if (basis.distribution().isStructured()) {
      return StructuredSpecification.project(basis, gradient);
    }
    float[] project = new float[basis.count()];
    for (int i = 0; i < project.length; i++) {
      project[i] = project(basis, gradient, i);
    }
    return project;
  }

  /** Element {@code e} of {@code mix} under a distribution of this document. */
  static float mix(Basis basis, float[] coefficients, int e) {
    float sum = 0f;
    if (basis.distribution() == Distribution.UNIFORM) {
      for (int i = 0; i < basis.count(); i++) {
        float scaled = coefficients[i] * basis.scale();
        float c = scaled * 0x1p-31f;
        float product = oddHalf(key(basis.seed(), i), e) * 65536f * c;
        sum = sum + product;
      }
      return sum;
    }
    for (int stream = 0; 27 * stream < basis.count(); stream++) {
      long key = key(basis.seed(), stream);
      float[] terms = new float[27];
      for (int bit = 0; bit < 27 && 27 * stream + bit < basis.count(); bit++) {
        terms[bit] = sign(key, bit, e) * (coefficients[27 * stream + bit] * basis.scale());
      }
      float[] groups = sumsOfThree(sumsOfThree(terms));
      sum = ((sum + groups[0]) + groups[1]) + groups[2];
    }
    return sum;
  }

  private static float[] sumsOfThree(float[] terms) {
    float[] sums = new float[terms.length / 3];
    for (int t = 0; t < sums.length; t++) {
      sums[t] = (terms[3 * t] + terms[3 * t + 1]) + terms[3 * t + 2];
    }
    return sums;
  }

  /** Number {@code i} of {@code project} under a distribution of this document. */
  static float project(Basis basis, float[] gradient, int i) {
    boolean uniform = basis.distribution() == Distribution.UNIFORM;
    long key = key(basis.seed(), uniform ? i : i / 27);
    double sum = 0;
    for (int tile = 0; tile < basis.length(); tile += 2048) {
      float[] lanes = new float[32];
      for (int e = tile; e < Math.min(basis.length(), tile + 2048); e++) {
        float factor = uniform ? oddHalf(key, e) * 65536f : sign(key, i % 27, e);
        float product = factor * gradient[e];
        lanes[e % 32] = lanes[e % 32] + product;
      }
      for (int apart : new int[] {16, 8, 4, 2, 1}) {
        for (int j = 0; j < apart; j++) {
          lanes[j] = lanes[j] + lanes[j + apart];
        }
      }
      sum = sum + lanes[0];
    }
    double scaled = sum * basis.scale();
    return (float) (uniform ? scaled * 0x1p-31 : scaled);
  }

  static long derive(long seed, long index) {
    return mix64(mix64(seed ^ 0x6E6F6C61346A3176L) + index);
  }

  static long derive(long seed, String name) {
    long derived = derive(seed, name.length());
    for (int unit = 0; unit < name.length(); unit++) {
      derived = derive(derived, name.charAt(unit));
    }
    return derived;
  }
}
