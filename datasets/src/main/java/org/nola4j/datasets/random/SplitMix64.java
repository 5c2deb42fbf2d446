// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.random;

import java.util.random.RandomGenerator;

/**
 * The generator behind everything random in this module: integer arithmetic only, so that a seed
 * gives the same images and the same order on every machine and JDK.
 *
 * <p>G. L. Steele, D. Lea, C. H. Flood, <i>Fast splittable pseudorandom number generators</i>,
 * OOPSLA 2014, as published in C by S. Vigna.
 */
public final class SplitMix64 implements RandomGenerator {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  SplitMix64(long seed) {
    state = seed;
  }

  /** The generator for {@code index} in the family of a seed; depends only on the two arguments. */
  public static SplitMix64 member(long seed, long index) {
    return new SplitMix64(mix(seed + GAMMA) ^ mix(index));
  }

  @Override
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** Uniform in [0, bound). The bias, below bound / 2^32, does not matter for shuffling. */
  @Override
  public int nextInt(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  @Override
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** Uniform in [low, high). */
  @Override
  public double nextDouble(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
