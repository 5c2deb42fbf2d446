// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.Arrays;
import java.util.List;

/**
 * The distribution {@link Distribution#HADAMARD} of {@code docs/basis-v2.md}: a block of K elements
 * is D H S c with the Walsh-Hadamard matrix H of size K and diagonals D and S of random signs, by
 * log2 K stages of additions.
 *
 * <p>Works on spans of one block, or of 32 elements where blocks are smaller. Where a span is cut
 * off, only the needed part is computed: {@code mix} forms no differences past the cut, and {@code
 * project} treats gradients past it as zero; the bits are those of whole spans.
 */
final class Hadamard {
  /** So that a block's position fits into 32 bits, and one block per thread into memory. */
  static final int MOST_VECTORS = 1 << 24;

  /** Streams of signs, above all that {@code docs/basis-v1.md} uses. */
  static final long INNER_SIGNS = 1L << 32;

  static final long OUTER_SIGNS = INNER_SIGNS + 1;

  /** Magnitude of all elements: the square root of the uniform distribution's variance. */
  static final float MAGNITUDE = 0x1.279a74p-1f;

  /** Elements that {@code project} adds up in binary32: part of the specification. */
  private static final int TILE = 4096;

  /** The fewest elements that a thread mixes at a time. */
  private static final int CHUNK = 2048;

  /** Cost of an element relative to one product of the uniform distribution. */
  private static final int COST = 10;

  private static final ThreadLocal<Scratch> SCRATCH =
      ThreadLocal.withInitial(() -> new Scratch(0, 0));

  private final Butterflies butterflies;
  private final int threadLimit;

  Hadamard(Butterflies butterflies, int threadLimit) {
    this.butterflies = butterflies;
    this.threadLimit = threadLimit;
  }

  /** The working memory of one thread for spans of this many elements and results. */
  private static final class Scratch {
    final float[] x;
    final int[] positions;
    final int[] inner;
    final int[] outer;

    /** By result: the sums of one tile. */
    final float[][] sums;

    Scratch(int span, int results) {
      x = new float[span];
      positions = new int[span / Signs.PER_WORD];
      inner = new int[span / Signs.PER_WORD];
      outer = new int[span / Signs.PER_WORD];
      sums = new float[results][span];
    }

    static Scratch of(int span, int results) {
      Scratch scratch = SCRATCH.get();
      if (scratch.x.length < span || scratch.sums.length < results) {
        int least = scratch.sums.length;
        scratch = new Scratch(Math.max(span, scratch.x.length), Math.max(results, least));
        SCRATCH.set(scratch);
      }
      return scratch;
    }
  }

  /** The signs of a basis and its elements per block and per span. */
  private record Layout(Signs inner, Signs outer, int block, int span, int length) {
    static Layout of(Basis basis) {
      int block = basis.block();
      return new Layout(
          Signs.of(basis.seed(), INNER_SIGNS),
          Signs.of(basis.seed(), OUTER_SIGNS),
          block,
          Math.max(block, Signs.PER_WORD),
          basis.length());
    }

    /** Elements of the span that begins at {@code from}; the last span may have fewer. */
    int elements(long from) {
      return (int) Math.min(span, length - from);
    }

    /** The smallest power of two of the span's elements that holds these at its beginning. */
    int needed(int elements) {
      return Math.max(Signs.PER_WORD, powerOfTwo(elements));
    }
  }

  /** The number rounded up to a power of two. */
  static int powerOfTwo(int from) {
    return from == 1 ? 1 : Integer.highestOneBit(from - 1) << 1;
  }

  /** One element before scaling. */
  static float element(Basis basis, int vector, int index) {
    int block = basis.block();
    int row = index & (block - 1);
    long input = (long) index - row + vector;
    int sign =
        Signs.of(basis.seed(), INNER_SIGNS).bit(input)
            ^ Signs.of(basis.seed(), OUTER_SIGNS).bit(index)
            ^ (Integer.bitCount(row & vector) & 1);
    return sign == 0 ? MAGNITUDE : -MAGNITUDE;
  }

  /** As {@link BasisKernel#mix(Basis, List, List)}. */
  void mix(Basis basis, List<float[]> coefficients, List<float[]> out) {
    Layout layout = Layout.of(basis);
    float[][] c =
        coefficients.stream().map(each -> spread(each, basis, layout)).toArray(float[][]::new);
    int spans = Tiles.count(basis.length(), layout.span);
    int perPart = Math.max(1, CHUNK / layout.span);
    int threads = Workers.threads((long) basis.length() * out.size() * COST, threadLimit);
    Workers.run(
        Tiles.count(spans, perPart),
        threads,
        part -> {
          for (int span = part * perPart; span < Math.min(spans, (part + 1) * perPart); span++) {
            mixSpan(layout, (long) span * layout.span, c, out);
          }
        });
  }

  /** Scaled coefficients, padded with zeros to a block, which is repeated to fill a span. */
  private static float[] spread(float[] coefficients, Basis basis, Layout layout) {
    float[] c = new float[layout.span];
    for (int block = 0; block < c.length; block += layout.block) {
      for (int i = 0; i < coefficients.length; i++) {
        c[block + i] = coefficients[i] * basis.scale() * MAGNITUDE;
      }
    }
    return c;
  }

  private void mixSpan(Layout layout, long from, float[][] c, List<float[]> out) {
    Scratch s = Scratch.of(layout.span, 0);
    int elements = layout.elements(from);
    int needed = layout.needed(elements);
    long word = from / Signs.PER_WORD;
    layout.inner.words(word, s.positions, s.inner, layout.span / Signs.PER_WORD);
    layout.outer.words(word, s.positions, s.outer, needed / Signs.PER_WORD);
    for (int r = 0; r < c.length; r++) {
      butterflies.flip(c[r], s.inner, s.x, layout.span);
      for (int h = layout.block / 2; h >= needed; h /= 2) {
        butterflies.fold(s.x, h);
      }
      butterflies.descend(s.x, needed, Math.min(needed, layout.block) / 2);
      butterflies.flip(s.x, s.outer, s.x, needed);
      System.arraycopy(s.x, 0, out.get(r), (int) from, elements);
    }
  }

  /** As {@link BasisKernel#project(Basis, List, List)}. */
  void project(Basis basis, List<float[]> gradients, List<float[]> out) {
    Layout layout = Layout.of(basis);
    int perTile = Math.max(1, TILE / layout.span);
    int spans = Tiles.count(basis.length(), layout.span);
    int threads = Workers.threads((long) basis.length() * out.size() * COST, threadLimit);
    double[][] sums =
        Tiles.sums(
            Tiles.count(spans, perTile),
            out.size(),
            basis.count(),
            threads,
            (tile, to) -> {
              int first = tile * perTile;
              projectTile(layout, first, Math.min(spans, first + perTile), gradients, to);
            });
    Tiles.scale(sums, basis.scale(), MAGNITUDE, out);
  }

  private void projectTile(
      Layout layout, int first, int end, List<float[]> gradients, double[][] to) {
    Scratch s = Scratch.of(layout.span, to.length);
    for (float[] sums : s.sums) {
      Arrays.fill(sums, 0, layout.span, 0f);
    }
    for (int span = first; span < end; span++) {
      projectSpan(layout, (long) span * layout.span, gradients, s);
    }
    for (int r = 0; r < to.length; r++) {
      for (int d = layout.span / 2; d >= layout.block; d /= 2) {
        butterflies.fold(s.sums[r], d);
      }
      for (int i = 0; i < to[r].length; i++) {
        to[r][i] = s.sums[r][i];
      }
    }
  }

  private void projectSpan(Layout layout, long from, List<float[]> gradients, Scratch s) {
    int elements = layout.elements(from);
    int needed = layout.needed(elements);
    long word = from / Signs.PER_WORD;
    layout.outer.words(word, s.positions, s.outer, needed / Signs.PER_WORD);
    layout.inner.words(word, s.positions, s.inner, layout.span / Signs.PER_WORD);
    for (int r = 0; r < gradients.size(); r++) {
      System.arraycopy(gradients.get(r), (int) from, s.x, 0, elements);
      Arrays.fill(s.x, elements, needed, 0f);
      butterflies.flip(s.x, s.outer, s.x, needed);
      butterflies.ascend(s.x, needed, Math.min(needed, layout.block) / 2);
      for (int copy = 0; copy < layout.span; copy += needed) {
        butterflies.addFlipped(s.x, s.inner, copy / Signs.PER_WORD, s.sums[r], needed);
      }
    }
  }
}
