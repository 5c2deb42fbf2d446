// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.Locale;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;

/**
 * A kernel with its numbers of blocks and threads.
 *
 * <p>{@code mix} gives a thread four words of hash at a time, so that a key read from shared memory
 * serves four, but only one, in smaller blocks, if there would be too few blocks for the GPU;
 * {@code project} likewise gives 16 threads eight vectors or two.
 *
 * @param kernel its name in {@code basis.cu}
 * @param gridX blocks of words, tiles, or blocks of vectors to add up
 * @param gridY blocks of vectors
 * @param gridZ jobs
 * @param threads per block
 */
record Launch(String kernel, int gridX, int gridY, int gridZ, int threads) {
  /**
   * Elements whose inner product with a gradient makes one partial sum, as in the specification.
   */
  static final int TILE = 2048;

  /**
   * Elements of {@link Distribution#HADAMARD} that threads of one block exchange at most, and at
   * least.
   */
  static final int PIECE = 4096;

  private static final int LEAST_PIECE = 1024;

  private static final int THREADS = 128;
  private static final int STRUCTURED_THREADS = 256;
  private static final int WARP = 32;
  private static final int WORDS = 4;

  /** The limit of the second and third grid dimensions; kernels loop if there are more vectors. */
  private static final int MOST_BLOCKS = 65_535;

  /** Blocks per multiprocessor below which smaller blocks are better. */
  private static final int FULL = 2;

  /** The mixes of some jobs. */
  static Launch mix(Basis basis, int jobs, int multiprocessors) {
    if (basis.distribution() == Distribution.HADAMARD) {
      int piece = Math.max(LEAST_PIECE, basis.block());
      return structured("mix_hadamard", ceilDiv(basis.length(), piece), jobs);
    }
    if (basis.distribution() == Distribution.ONE_HOT) {
      return structured("mix_one_hot", ceilDiv(basis.length(), STRUCTURED_THREADS), jobs);
    }
    boolean uniform = basis.distribution() == Distribution.UNIFORM;
    int words = uniform ? ceilDiv(basis.length(), 32) * 16 : basis.length();
    String kernel = uniform ? "mix_uniform_" : "mix_sign_";
    if (fills(ceilDiv(words, WORDS * THREADS), 1, jobs, multiprocessors)) {
      return new Launch(kernel + WORDS, ceilDiv(words, WORDS * THREADS), 1, jobs, THREADS);
    }
    int threads = fills(ceilDiv(words, THREADS), 1, jobs, multiprocessors) ? THREADS : WARP;
    return new Launch(kernel + 1, ceilDiv(words, threads), 1, jobs, threads);
  }

  /** The inner products of some jobs' gradients with some of their tiles. */
  static Launch project(Basis basis, int tiles, int jobs, int multiprocessors) {
    if (basis.distribution() == Distribution.HADAMARD) {
      return structured("project_hadamard", tiles, jobs);
    }
    if (basis.distribution() == Distribution.ONE_HOT) {
      return structured("project_one_hot", tiles, jobs);
    }
    if (basis.distribution() == Distribution.SIGN) {
      int streams = ceilDiv(basis.count(), 27);
      int perBlock = THREADS / WARP;
      boolean large = fills(tiles, ceilDiv(streams, perBlock), jobs, multiprocessors);
      int groups = large ? ceilDiv(streams, perBlock) : streams;
      return new Launch("project_sign", tiles, limited(groups), jobs, large ? THREADS : WARP);
    }
    int perBlock = THREADS / 16 * 8;
    boolean large = fills(tiles, ceilDiv(basis.count(), perBlock), jobs, multiprocessors);
    int vectors = large ? 8 : 2;
    int groups = ceilDiv(basis.count(), THREADS / 16 * vectors);
    return new Launch("project_uniform_" + vectors, tiles, limited(groups), jobs, THREADS);
  }

  /** The sums of the partial sums of {@link #project}. */
  static Launch addTiles(Basis basis, int jobs) {
    String kernel = "add_tiles_" + basis.distribution().name().toLowerCase(Locale.ROOT);
    return new Launch(kernel, ceilDiv(basis.count(), THREADS), 1, jobs, THREADS);
  }

  /** Whether blocks of {@link Distribution#HADAMARD} are too large for threads of one block. */
  static boolean isLarge(Basis basis) {
    return basis.distribution() == Distribution.HADAMARD && basis.block() > PIECE;
  }

  /** The start of large blocks of a mix: one number per thread. */
  static Launch spread(Basis basis, int blocks, int jobs) {
    return structured("hadamard_spread", blocks * (basis.block() / STRUCTURED_THREADS), jobs);
  }

  /** A stage of large blocks: one pair per thread. */
  static Launch stage(Basis basis, int blocks, int jobs) {
    return structured("hadamard_stage", blocks * (basis.block() / 2 / STRUCTURED_THREADS), jobs);
  }

  /** The end of large blocks of a mix. */
  static Launch mixLarge(Basis basis, int blocks, int jobs) {
    return structured("mix_hadamard", blocks * (basis.block() / PIECE), jobs);
  }

  /** The start of large blocks of a projection. */
  static Launch gather(Basis basis, int blocks, int jobs) {
    return structured("hadamard_gather", blocks * (basis.block() / PIECE), jobs);
  }

  /** The end of large blocks of a projection. */
  static Launch addBlocks(Basis basis, int jobs) {
    return structured("add_blocks_hadamard", ceilDiv(basis.count(), STRUCTURED_THREADS), jobs);
  }

  private static Launch structured(String kernel, int gridX, int jobs) {
    return new Launch(kernel, gridX, 1, jobs, STRUCTURED_THREADS);
  }

  /** Elements of a tile of a gradient, as in the specifications. */
  static int tile(Basis basis) {
    return switch (basis.distribution()) {
      case UNIFORM, SIGN -> TILE;
      case HADAMARD -> Math.max(PIECE, basis.block());
      case ONE_HOT -> (int) Math.min(Integer.MAX_VALUE, Math.max(1 << 14, 8L * basis.count()));
    };
  }

  /** The block size in {@code basis.cu}. */
  static int block(Basis basis) {
    return basis.distribution() == Distribution.HADAMARD ? basis.block() : tile(basis);
  }

  /** Tiles of a gradient. */
  static int tiles(Basis basis) {
    return ceilDiv(basis.length(), tile(basis));
  }

  private static boolean fills(int x, int y, int z, int multiprocessors) {
    return (long) x * y * z >= (long) FULL * multiprocessors;
  }

  private static int limited(int groups) {
    return Math.min(groups, MOST_BLOCKS);
  }

  /** The quotient, rounded up. */
  private static int ceilDiv(int n, int unit) {
    return (int) ((n + (long) unit - 1) / unit);
  }
}
