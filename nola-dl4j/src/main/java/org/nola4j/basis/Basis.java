// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import org.nola4j.internal.basis.Generator;

/**
 * A set of random vectors that is described, never stored: {@code count} vectors of {@code length}
 * elements, all of them functions of the seed.
 *
 * <p>Element {@code e} of vector {@code i} is {@code scale * u}, where {@code u} follows the
 * distribution and depends on (seed, i, e) alone: growing {@code count} or {@code length} keeps the
 * existing elements. Under structured distributions {@code u} depends on {@code count} too, under
 * {@link Distribution#HADAMARD} on {@code count} rounded up to a power of two. {@code count *
 * length} may exceed 2^31.
 *
 * @param seed any 64-bit number; equal seeds mean equal bases
 * @param distribution of the elements before scaling
 * @param scale factor applied to every element, finite
 * @param count number of vectors (k, l in the paper), at least 1
 * @param length elements per vector, at least 1
 */
public record Basis(long seed, Distribution distribution, float scale, int count, int length) {
  /** Checks the sizes. */
  public Basis {
    if (distribution == null) {
      throw new IllegalArgumentException(
          "basis distribution must be given, one of "
              + java.util.Arrays.toString(Distribution.values()));
    }
    if (count < 1 || length < 1) {
      throw new IllegalArgumentException(
          "a basis needs at least one vector of at least one element, but count = "
              + count
              + ", length = "
              + length);
    }
    if (distribution == Distribution.HADAMARD && count > Hadamard.MOST_VECTORS) {
      throw new IllegalArgumentException(
          "a HADAMARD basis has at most "
              + Hadamard.MOST_VECTORS
              + " vectors, but count = "
              + count);
    }
    if (!Float.isFinite(scale)) {
      throw new IllegalArgumentException("basis scale must be finite, but is " + scale);
    }
  }

  /** A basis of scale 1. */
  public Basis(long seed, Distribution distribution, int count, int length) {
    this(seed, distribution, 1f, count, length);
  }

  /** A basis of the same shape, distribution and scale with other elements. */
  public Basis withSeed(long other) {
    return new Basis(other, distribution, scale, count, length);
  }

  /**
   * {@code count * length}: the elements of all vectors, each of which one pass over an
   * unstructured basis generates.
   */
  public long elements() {
    return (long) count * length;
  }

  /**
   * K of {@link Distribution#HADAMARD}, the number of elements in each rotated block: {@code count}
   * rounded up to a power of two. 1 for the other distributions.
   */
  public int block() {
    return distribution == Distribution.HADAMARD ? Hadamard.powerOfTwo(count) : 1;
  }

  /** The largest magnitude of an element before scaling. */
  public float magnitude() {
    return switch (distribution) {
      case UNIFORM -> 1 - 0x1p-15f;
      case SIGN -> 1;
      case HADAMARD -> Hadamard.MAGNITUDE;
      case ONE_HOT -> OneHot.magnitude(count);
    };
  }

  /** The variance of an element. */
  public double variance() {
    return (double) scale * scale * distribution.variance();
  }

  /**
   * One element, in O(1): the reference that all kernels are tested against.
   *
   * @throws IndexOutOfBoundsException if there is no such vector or element
   */
  public float element(int vector, int index) {
    java.util.Objects.checkIndex(vector, count);
    java.util.Objects.checkIndex(index, length);
    return switch (distribution) {
      case UNIFORM -> (uniform(vector, index) * 0x1p-31f) * scale;
      case SIGN -> sign(vector, index) * scale;
      case HADAMARD -> Hadamard.element(this, vector, index) * scale;
      case ONE_HOT -> OneHot.element(this, vector, index) * scale;
    };
  }

  /** All elements of one vector: {@code 4 * length} bytes. */
  public float[] vector(int vector) {
    float[] elements = new float[length];
    for (int e = 0; e < length; e++) {
      elements[e] = element(vector, e);
    }
    return elements;
  }

  /** 2^31 times the uniform element, an odd multiple of 2^16, exact as a float. */
  private int uniform(int vector, int index) {
    // Blocks of 32 elements share 16 words: the low halves give the first 16, the high halves the
    // rest.
    long key = Generator.key(seed, vector);
    int wordIndex = (index >>> 5 << 4) | (index & 15);
    int word =
        Generator.word(
            Generator.position(wordIndex), Generator.offset(key), Generator.multiplier(key));
    int odd = word | 0x00010001;
    return (index & 16) == 0 ? odd << 16 : odd & 0xFFFF0000;
  }

  private int sign(int vector, int index) {
    int group = vector / distribution.vectorsPerKey();
    long key = Generator.key(seed, group);
    int word =
        Generator.word(Generator.position(index), Generator.offset(key), Generator.multiplier(key));
    return 1 - 2 * ((word >>> (vector - group * distribution.vectorsPerKey())) & 1);
  }
}
