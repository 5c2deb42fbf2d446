// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.List;
import java.util.stream.Stream;

/**
 * Sums over tiles of a gradient, added up in the order of the tiles, whichever threads computed
 * them, in memory for a few tiles per thread.
 */
final class Tiles {
  private static final int TILES_PER_THREAD = 4;

  /** Sums that one thread adds at a time. */
  private static final int CHUNK = 2048;

  private Tiles() {}

  /**
   * What a kernel does with the sums of one tile.
   *
   * @param <P> the sums of one tile, of all results
   */
  interface Projection<P> {
    /** Room for the sums of a tile. */
    P room();

    /** Computes the sums of one tile; what was there is overwritten. */
    void project(int tile, P to);

    /** Adds the tile's sums {@code from} to {@code to} of one result. */
    void add(P tile, int result, double[] sums, int from, int to);
  }

  /** n / unit rounded up, without overflow close to 2^31. */
  static int count(int n, int unit) {
    return Math.toIntExact(((long) n + unit - 1) / unit);
  }

  /** By result: {@code count} sums over all tiles. */
  static <P> double[][] sums(
      int tiles, int results, int count, int threads, Projection<P> projection) {
    double[][] sums = new double[results][count];
    int wave = Math.min(tiles, threads == 1 ? 1 : TILES_PER_THREAD * threads);
    List<P> partial = Stream.generate(projection::room).limit(wave).toList();
    int chunks = count(count, CHUNK);
    for (int first = 0; first < tiles; first += wave) {
      int from = first;
      int n = Math.min(wave, tiles - first);
      Workers.run(n, threads, part -> projection.project(from + part, partial.get(part)));
      Workers.run(
          chunks * results,
          threads,
          part -> {
            int start = part % chunks * CHUNK;
            int result = part / chunks;
            for (P tile : partial.subList(0, n)) {
              projection.add(tile, result, sums[result], start, Math.min(count, start + CHUNK));
            }
          });
    }
    return sums;
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
