// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.List;

/**
 * Sums over tiles of a gradient, added up in the order of the tiles, whichever threads computed
 * them, in memory for a few tiles per thread.
 */
final class Tiles {
  private static final int TILES_PER_THREAD = 4;

  /** Sums that one thread adds at a time. */
  private static final int CHUNK = 2048;

  private Tiles() {}

  /** Computes the sums of one tile, by result. */
  @FunctionalInterface
  interface Projection {
    void project(int tile, double[][] to);
  }

  /** n / unit rounded up, without overflow close to 2^31. */
  static int count(int n, int unit) {
    return Math.toIntExact(((long) n + unit - 1) / unit);
  }

  /** By result: {@code count} sums over all tiles. */
  static double[][] sums(int tiles, int results, int count, int threads, Projection projection) {
    double[][] sums = new double[results][count];
    int wave = Math.min(tiles, threads == 1 ? 1 : TILES_PER_THREAD * threads);
    double[][][] partial = new double[wave][results][count];
    int chunks = count(count, CHUNK);
    for (int first = 0; first < tiles; first += wave) {
      int from = first;
      int n = Math.min(wave, tiles - first);
      Workers.run(n, threads, part -> projection.project(from + part, partial[part]));
      Workers.run(
          chunks * results,
          threads,
          part -> {
            int start = part % chunks * CHUNK;
            int result = part / chunks;
            for (int tile = 0; tile < n; tile++) {
              add(partial[tile][result], sums[result], start, Math.min(count, start + CHUNK));
            }
          });
    }
    return sums;
  }

  private static void add(double[] values, double[] sums, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += values[i];
    }
  }

  /** {@code out = sums * scale * magnitude}. */
  static void scale(double[][] sums, float scale, float magnitude, List<float[]> out) {
    for (int r = 0; r < sums.length; r++) {
      float[] projection = out.get(r);
      for (int i = 0; i < projection.length; i++) {
        projection[i] = (float) (sums[r][i] * scale * magnitude);
      }
    }
  }
}
