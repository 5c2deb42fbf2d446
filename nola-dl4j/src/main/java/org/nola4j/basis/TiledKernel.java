// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.Arrays;
import java.util.List;
import org.nola4j.internal.basis.Checks;
import org.nola4j.internal.basis.Generator;

/**
 * Cuts both operations into tiles that fit the first-level cache and shares them among threads;
 * subclasses compute one tile of the unstructured distributions. {@code mix} is split by elements
 * and {@code project} by vectors, so that no sum is ever split and the number of threads cannot
 * change a bit.
 */
abstract class TiledKernel implements BasisKernel {
  /** Elements per tile: part of the specification, because {@code project} adds tile by tile. */
  static final int TILE = 2048;

  /** Elements per block, and partial sums of {@code project}: part of the specification as well. */
  static final int LANES = 32;

  /** Undoes the 2^31 by which uniform elements are generated too large; exact. */
  private static final float UNIFORM_UNIT = 0x1p-31f;

  /** A thread mixes a multiple of this many elements at a time. */
  private static final int ELEMENT_GRAIN = 64;

  /** A thread projects on a multiple of this many uniform vectors at a time. */
  private static final int VECTOR_GRAIN = 4;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private final int threadLimit;
  private final Hadamard hadamard;
  private final OneHot oneHot;

  /**
   * A kernel that uses at most this many threads per call.
   *
   * @param butterflies how it computes the distribution {@link Distribution#HADAMARD}
   */
  TiledKernel(int threadLimit, Butterflies butterflies) {
    this.threadLimit = threadLimit;
    this.hadamard = new Hadamard(butterflies, threadLimit);
    this.oneHot = new OneHot(threadLimit);
  }

  /** The working memory of one thread: 33 KiB, and 16 KiB for each result of a call. */
  static final class Scratch {
    final int[] positions = new int[TILE];
    final int[] words = new int[TILE];

    /** Basis elements, where a kernel stores them before it uses them. */
    final float[] basis = new float[2 * TILE];

    final float[] lanes = new float[3 * LANES];

    /** By result: a tile of a mix, or of a gradient. */
    float[][] elements = {};

    /** By result: anything else that a kernel needs for a tile. */
    float[][] partial = {};

    static Scratch of(int results) {
      Scratch scratch = SCRATCH.get();
      if (scratch.elements.length < results) {
        scratch.elements = new float[results][TILE];
        scratch.partial = new float[results][TILE];
      }
      return scratch;
    }
  }

  /** The keys of a basis, split into the halves that {@link Generator#word} takes. */
  record Keys(int[] offsets, int[] multipliers) {
    static Keys of(Basis basis) {
      int perKey = basis.distribution().vectorsPerKey();
      int n = (basis.count() + perKey - 1) / perKey;
      int[] offsets = new int[n];
      int[] multipliers = new int[n];
      for (int i = 0; i < n; i++) {
        long key = Generator.key(basis.seed(), i);
        offsets[i] = Generator.offset(key);
        multipliers[i] = Generator.multiplier(key);
      }
      return new Keys(offsets, multipliers);
    }

    int count() {
      return offsets.length;
    }
  }

  @Override
  public final void mix(Basis basis, float[] coefficients, float[] out) {
    mix(basis, List.of(coefficients), List.of(out));
  }

  @Override
  public final void project(Basis basis, float[] gradient, float[] out) {
    project(basis, List.of(gradient), List.of(out));
  }

  @Override
  public final void mix(Basis basis, List<float[]> coefficients, List<float[]> out) {
    Checks.sizes(basis.count(), basis.length(), coefficients, out, "coefficients", "out");
    switch (basis.distribution()) {
      case UNIFORM, SIGN -> mixVectors(basis, coefficients, out);
      case HADAMARD -> hadamard.mix(basis, coefficients, out);
      case ONE_HOT -> oneHot.mix(basis, coefficients, out);
    }
  }

  private void mixVectors(Basis basis, List<float[]> coefficients, List<float[]> out) {
    int results = out.size();
    Keys keys = Keys.of(basis);
    int threads = Workers.threads(basis.elements() * results, threadLimit);
    int chunk = chunk(basis.length(), threads);
    int parts = Tiles.count(basis.length(), chunk);
    boolean uniform = basis.distribution() == Distribution.UNIFORM;
    float[][] c = scaled(coefficients, basis.scale(), uniform ? UNIFORM_UNIT : 1f);
    Object[] tables =
        uniform ? null : Arrays.stream(c).map(each -> signTables(each, keys.count())).toArray();
    Workers.run(
        parts,
        threads,
        part -> {
          Scratch scratch = Scratch.of(results);
          int from = part * chunk;
          int n = Math.min(chunk, basis.length() - from);
          int padded = roundUp(n, LANES);
          if (uniform) {
            Generator.positions(from / 2, scratch.positions, padded / 2);
            mixUniform(keys, c, padded / 2, scratch);
          } else {
            Generator.positions(from, scratch.positions, padded);
            mixSign(keys, tables, padded, scratch);
          }
          for (int r = 0; r < results; r++) {
            System.arraycopy(scratch.elements[r], 0, out.get(r), from, n);
          }
        });
  }

  @Override
  public final void project(Basis basis, List<float[]> gradients, List<float[]> out) {
    Checks.sizes(basis.count(), basis.length(), out, gradients, "out", "gradient");
    switch (basis.distribution()) {
      case UNIFORM, SIGN -> projectOnVectors(basis, gradients, out);
      case HADAMARD -> hadamard.project(basis, gradients, out);
      case ONE_HOT -> oneHot.project(basis, gradients, out);
    }
  }

  private void projectOnVectors(Basis basis, List<float[]> gradients, List<float[]> out) {
    int results = out.size();
    Keys keys = Keys.of(basis);
    int threads = Workers.threads(basis.elements() * results, threadLimit);
    boolean uniform = basis.distribution() == Distribution.UNIFORM;
    int perPart =
        roundUp((keys.count() + 4 * threads - 1) / (4 * threads), uniform ? VECTOR_GRAIN : 1);
    int parts = (keys.count() + perPart - 1) / perPart;
    double[][] sums = new double[results][keys.count() * basis.distribution().vectorsPerKey()];
    Workers.run(
        parts,
        threads,
        part ->
            projectKeys(
                basis,
                keys,
                part * perPart,
                Math.min(keys.count(), (part + 1) * perPart),
                gradients,
                sums));
    double unit = uniform ? UNIFORM_UNIT : 1;
    for (int r = 0; r < results; r++) {
      float[] projection = out.get(r);
      for (int i = 0; i < projection.length; i++) {
        projection[i] = (float) (sums[r][i] * basis.scale() * unit);
      }
    }
  }

  private void projectKeys(
      Basis basis, Keys keys, int fromKey, int toKey, List<float[]> gradients, double[][] sums) {
    Scratch scratch = Scratch.of(sums.length);
    int tiles = Tiles.count(basis.length(), TILE);
    for (int tile = 0; tile < tiles; tile++) {
      int from = tile * TILE;
      int n = Math.min(TILE, basis.length() - from);
      int padded = roundUp(n, LANES);
      for (int r = 0; r < sums.length; r++) {
        System.arraycopy(gradients.get(r), from, scratch.elements[r], 0, n);
        Arrays.fill(scratch.elements[r], n, padded, 0f);
      }
      if (basis.distribution() == Distribution.UNIFORM) {
        Generator.positions(from / 2, scratch.positions, padded / 2);
        projectUniform(keys, fromKey, toKey, padded / 2, scratch, sums);
      } else {
        Generator.positions(from, scratch.positions, padded);
        projectSign(keys, fromKey, toKey, padded, scratch, sums);
      }
    }
  }

  /**
   * Fills {@code scratch.elements[r]} with the mix of one tile, for every r.
   *
   * @param c by r: coefficients times scale times 2^-31
   * @param words hash words of the tile, {@code scratch.positions} holds their positions; a
   *     multiple of 16
   */
  abstract void mixUniform(Keys keys, float[][] c, int words, Scratch scratch);

  /**
   * Adds to {@code sums[r][key]} one tile's inner product of {@code scratch.elements[r]} with each
   * vector.
   */
  abstract void projectUniform(
      Keys keys, int fromKey, int toKey, int words, Scratch scratch, double[][] sums);

  /** Lookup tables of {@link #mixSign} for one r, made once per call. */
  abstract Object signTables(float[] c, int keys);

  abstract void mixSign(Keys keys, Object[] tables, int words, Scratch scratch);

  /** As {@link #projectUniform}, for the 27 vectors of each key. */
  abstract void projectSign(
      Keys keys, int fromKey, int toKey, int words, Scratch scratch, double[][] sums);

  /**
   * The fixed tree that reduces the partial sums of a tile: 16 apart, 8, 4, 2, 1.
   *
   * <p>It reads only. A tree that added in place was moved across the vector stores before it by
   * JDK 17's C2 once both were inlined into one loop, and then added stale lanes; {@code
   * KernelCompilationTest} shows it.
   */
  static float tree(float[] lanes, int from) {
    return (fourth(lanes, from) + fourth(lanes, from + 2))
        + (fourth(lanes, from + 1) + fourth(lanes, from + 3));
  }

  /** What lane {@code i} of the tree holds after the additions 16, 8 and 4 apart. */
  private static float fourth(float[] lanes, int i) {
    return eighth(lanes, i) + eighth(lanes, i + 4);
  }

  private static float eighth(float[] lanes, int i) {
    return (lanes[i] + lanes[i + 16]) + (lanes[i + 8] + lanes[i + 24]);
  }

  private static float[][] scaled(List<float[]> coefficients, float scale, float unit) {
    float[][] c = new float[coefficients.size()][];
    for (int r = 0; r < c.length; r++) {
      c[r] = coefficients.get(r).clone();
      for (int i = 0; i < c[r].length; i++) {
        c[r][i] = c[r][i] * scale * unit;
      }
    }
    return c;
  }

  /**
   * Elements of {@code mix} that one thread takes at a time: few enough that every thread gets
   * some.
   */
  private static int chunk(int length, int threads) {
    return threads == 1
        ? TILE
        : Math.min(TILE, roundUp(Tiles.count(length, 4 * threads), ELEMENT_GRAIN));
  }

  private static int roundUp(int n, int unit) {
    return (n + unit - 1) / unit * unit;
  }
}
