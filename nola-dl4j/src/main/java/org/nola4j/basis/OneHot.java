// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.Arrays;
import java.util.List;
import org.nola4j.internal.basis.Buckets;
import org.nola4j.internal.basis.Generator;

/**
 * The distribution {@link Distribution#ONE_HOT} of {@code docs/basis-v2.md}: each element is one
 * coefficient, chosen by a hash word as {@link Buckets} does, with a random sign.
 */
final class OneHot {
  /** The stream of words, above all others. */
  static final long STREAM = Hadamard.OUTER_SIGNS + 1;

  /** The fewest elements that {@code project} adds up at a time: part of the specification. */
  private static final int TILE = 1 << 14;

  /** Elements of a tile for each sum that the tile is added to. */
  private static final int ELEMENTS_PER_SUM = 8;

  /** Elements whose words are generated at a time. */
  private static final int WORDS = 2048;

  /** Cost of an element relative to one product of the uniform distribution. */
  private static final int COST = 10;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private final int threadLimit;

  OneHot(int threadLimit) {
    this.threadLimit = threadLimit;
  }

  private static final class Scratch {
    final int[] positions = new int[WORDS];
    final int[] words = new int[WORDS];
  }

  /** Magnitude of the chosen vector's element. */
  static float magnitude(int count) {
    return (float) Math.sqrt(count / 3.0);
  }

  /** One element before scaling. */
  static float element(Basis basis, int vector, int index) {
    long key = Generator.key(basis.seed(), STREAM);
    int word =
        Generator.word(Generator.position(index), Generator.offset(key), Generator.multiplier(key));
    boolean chosen = Buckets.bucket(word, basis.count()) == vector;
    return PlainButterflies.flipped(chosen ? magnitude(basis.count()) : 0f, word << 31);
  }

  /** As {@link BasisKernel#mix(Basis, List, List)}. */
  void mix(Basis basis, List<float[]> coefficients, List<float[]> out) {
    float[][] c = coefficients.stream().map(each -> scaled(each, basis)).toArray(float[][]::new);
    long key = Generator.key(basis.seed(), STREAM);
    Workers.run(
        Tiles.count(basis.length(), WORDS),
        threads(basis, out.size()),
        part -> {
          int from = part * WORDS;
          int n = Math.min(WORDS, basis.length() - from);
          int[] words = words(key, from, n);
          for (int r = 0; r < c.length; r++) {
            take(c[r], words, out.get(r), from, n);
          }
        });
  }

  private int threads(Basis basis, int results) {
    return Workers.threads((long) basis.length() * results * COST, threadLimit);
  }

  private static float[] scaled(float[] coefficients, Basis basis) {
    float magnitude = magnitude(basis.count());
    float[] c = new float[coefficients.length];
    for (int i = 0; i < c.length; i++) {
      c[i] = coefficients[i] * basis.scale() * magnitude;
    }
    return c;
  }

  private static int[] words(long key, int from, int count) {
    Scratch s = SCRATCH.get();
    Generator.positions(from, s.positions, count);
    Generator.words(s.positions, Generator.offset(key), Generator.multiplier(key), s.words, count);
    return s.words;
  }

  private static void take(float[] c, int[] words, float[] out, int from, int count) {
    for (int e = 0; e < count; e++) {
      int word = words[e];
      out[from + e] = PlainButterflies.flipped(c[Buckets.bucket(word, c.length)], word << 31);
    }
  }

  /** As {@link BasisKernel#project(Basis, List, List)}. */
  void project(Basis basis, List<float[]> gradients, List<float[]> out) {
    double[][] sums =
        Tiles.sums(
            Tiles.count(basis.length(), tile(basis.count())),
            out.size(),
            basis.count(),
            threads(basis, out.size()),
            new TileSums(basis, gradients));
    Tiles.scale(sums, basis.scale(), magnitude(basis.count()), out);
  }

  /** Elements of a gradient that are added up first. */
  static int tile(int count) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(TILE, (long) ELEMENTS_PER_SUM * count));
  }

  /** By result, in binary64. */
  private record TileSums(Basis basis, List<float[]> gradients)
      implements Tiles.Projection<double[][]> {
    @Override
    public double[][] room() {
      return new double[gradients.size()][basis.count()];
    }

    @Override
    public void project(int tile, double[][] to) {
      int from = tile * tile(basis.count());
      int end = (int) Math.min(basis.length(), (long) from + tile(basis.count()));
      projectTile(Generator.key(basis.seed(), STREAM), gradients, from, end, to);
    }

    @Override
    public void add(double[][] tile, int result, double[] sums, int from, int to) {
      double[] values = tile[result];
      for (int i = from; i < to; i++) {
        sums[i] += values[i];
      }
    }
  }

  private static void projectTile(
      long key, List<float[]> gradients, int from, int end, double[][] to) {
    for (double[] sums : to) {
      Arrays.fill(sums, 0.0);
    }
    for (int start = from; start < end; start += WORDS) {
      int n = Math.min(WORDS, end - start);
      int[] words = words(key, start, n);
      for (int r = 0; r < to.length; r++) {
        add(gradients.get(r), start, words, n, to[r]);
      }
    }
  }

  private static void add(float[] gradient, int from, int[] words, int count, double[] sums) {
    for (int e = 0; e < count; e++) {
      int word = words[e];
      sums[Buckets.bucket(word, sums.length)] +=
          PlainButterflies.flipped(gradient[from + e], word << 31);
    }
  }
}
