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

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(() -> new Scratch(0));

  private final Butterflies butterflies;
  private final int threadLimit;

  Hadamard(Butterflies butterflies, int threadLimit) {
    this.butterflies = butterflies;
    this.threadLimit = threadLimit;
  }

  /** The working memory of one thread for spans of this many elements. */
  private static final class Scratch {
    final float[] x;
    final int[] inner;
    final int[] outer;

    Scratch(int span) {
      x = new float[span];
      inner = new int[span / Signs.PER_WORD + Butterflies.SPARE_WORDS];
      outer = new int[span / Signs.PER_WORD + Butterflies.SPARE_WORDS];
    }

    static Scratch of(int span) {
      Scratch scratch = SCRATCH.get();
      if (scratch.x.length < span) {
        scratch = new Scratch(span);
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
    Scratch s = Scratch.of(layout.span);
    int elements = layout.elements(from);
    int needed = layout.needed(elements);
    long word = from / Signs.PER_WORD;
    int distance = Math.min(needed, layout.block) / 2;
    butterflies.words(layout.inner, word, s.inner, layout.span / Signs.PER_WORD);
    butterflies.words(layout.outer, word, s.outer, needed / Signs.PER_WORD);
    for (int r = 0; r < c.length; r++) {
      butterflies.flip(c[r], s.inner, s.x, layout.span);
      for (int h = layout.block / 2; h >= needed; h /= 2) {
        butterflies.fold(s.x, h);
      }
      if (elements == needed) {
        butterflies.descend(s.x, needed, distance, s.outer, out.get(r), (int) from);
      } else {
        butterflies.descend(s.x, needed, distance, s.outer, s.x, 0);
        System.arraycopy(s.x, 0, out.get(r), (int) from, elements);
      }
    }
  }

  /** As {@link BasisKernel#project(Basis, List, List)}. */
  void project(Basis basis, List<float[]> gradients, List<float[]> out) {
    TileSums tiles = new TileSums(butterflies, Layout.of(basis), gradients);
    int threads = Workers.threads((long) basis.length() * out.size() * COST, threadLimit);
    double[][] sums = Tiles.sums(tiles.count(), out.size(), basis.count(), threads, tiles);
    Tiles.scale(sums, basis.scale(), MAGNITUDE, out);
  }

  /** By result, in binary32. */
  private record TileSums(Butterflies butterflies, Layout layout, List<float[]> gradients)
      implements Tiles.Projection<float[][]> {
    int count() {
      return Tiles.count(spans(), spansPerTile());
    }

    private int spans() {
      return Tiles.count(layout.length, layout.span);
    }

    private int spansPerTile() {
      return Math.max(1, TILE / layout.span);
    }

    @Override
    public float[][] room() {
      return new float[gradients.size()][layout.span];
    }

    @Override
    public void project(int tile, float[][] to) {
      for (float[] lanes : to) {
        Arrays.fill(lanes, 0f);
      }
      int first = tile * spansPerTile();
      for (int span = first; span < Math.min(spans(), first + spansPerTile()); span++) {
        projectSpan((long) span * layout.span, to);
      }
      for (float[] lanes : to) {
        for (int d = layout.span / 2; d >= layout.block; d /= 2) {
          butterflies.fold(lanes, d);
        }
      }
    }

    @Override
    public void add(float[][] tile, int result, double[] sums, int from, int to) {
      butterflies.add(tile[result], sums, from, to);
    }

    private void projectSpan(long from, float[][] lanes) {
      Scratch s = Scratch.of(layout.span);
      int elements = layout.elements(from);
      int needed = layout.needed(elements);
      long word = from / Signs.PER_WORD;
      int distance = Math.min(needed, layout.block) / 2;
      butterflies.words(layout.outer, word, s.outer, needed / Signs.PER_WORD);
      butterflies.words(layout.inner, word, s.inner, layout.span / Signs.PER_WORD);
      for (int r = 0; r < gradients.size(); r++) {
        if (elements == needed) {
          butterflies.ascend(gradients.get(r), (int) from, s.outer, s.x, needed, distance);
        } else {
          System.arraycopy(gradients.get(r), (int) from, s.x, 0, elements);
          Arrays.fill(s.x, elements, needed, 0f);
          butterflies.ascend(s.x, 0, s.outer, s.x, needed, distance);
        }
        for (int copy = 0; copy < layout.span; copy += needed) {
          butterflies.addFlipped(s.x, s.inner, copy / Signs.PER_WORD, lanes[r], needed);
        }
      }
    }
  }
}
