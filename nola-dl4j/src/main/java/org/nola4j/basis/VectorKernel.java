// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.nola4j.internal.basis.Generator;

/**
 * The kernel on {@code jdk.incubator.vector}; loaded only where that module is resolved.
 *
 * <p>Per 16 uniform elements of eight lanes: nine operations for two words' worth of hash, two to
 * split, two conversions, two multiplications, two additions. No fused multiply-add: the
 * specification rounds twice.
 */
final class VectorKernel extends TiledKernel {
  private static final VectorSpecies<Integer> INTS = VectorButterflies.INTS;
  private static final VectorSpecies<Float> FLOATS = VectorButterflies.FLOATS;
  private static final int WIDTH = INTS.length();

  /**
   * From JDK 25 on a lane permutation is one instruction: eight sums are looked up in a register.
   * Before, signs are put on coefficients one by one.
   */
  private static final boolean PERMUTES = Runtime.version().feature() >= 25 && WIDTH >= 8;

  /** Elements of a mix that {@link #addScaled} has in registers: eight vectors. */
  private static final int SPAN = 8 * WIDTH;

  /** Basis vectors of which {@link #SPAN} elements are stored at a time: 16 KiB. */
  private static final int SPANS = 2 * TILE / SPAN;

  /** Basis vectors that {@link #addProducts} projects on at a time. */
  private static final int GROUP = 4;

  /** Elements of each that are stored at a time: also 16 KiB. */
  private static final int PIECE = 2 * TILE / GROUP;

  private static final int ODD = 0x00010001;
  private static final int HIGH = 0xFFFF0000;

  /** Whether this machine's vectors fit the specification's blocks of 16 words. */
  static boolean supported() {
    return WIDTH >= 4;
  }

  VectorKernel(int threadLimit) {
    super(threadLimit, fuses() ? new VectorButterflies() : new PlainButterflies());
  }

  /** Whether a fused multiplication and addition is an instruction: where not, it is very slow. */
  private static boolean fuses() {
    return WIDTH >= 8 || System.getProperty("os.arch").equals("aarch64");
  }

  @Override
  public String name() {
    return "vector-" + INTS.vectorBitSize();
  }

  /** Where word {@code w}'s low half goes in a tile; the high half goes 16 further. */
  private static int element(int w) {
    return 2 * w - (w & 15);
  }

  /**
   * Keeps the elements in registers for one result. For several results it stores those of many
   * basis vectors, span by span, for all results to use.
   */
  @Override
  void mixUniform(Keys keys, float[][] c, int words, Scratch s) {
    if (c.length == 1) {
      for (int w = 0; w < words; w += 2 * WIDTH) {
        mixAlone(keys.offsets(), keys.multipliers(), c[0], w, s.positions, s.elements[0]);
      }
      return;
    }
    for (int r = 0; r < c.length; r++) {
      Arrays.fill(s.elements[r], 0f);
    }
    for (int w = 0; w < words; w += SPAN / 2) {
      for (int from = 0; from < keys.count(); from += SPANS) {
        int to = Math.min(from + SPANS, keys.count());
        generate(
            keys.offsets(), keys.multipliers(), from, to, w, SPAN / 2, s.positions, s.basis, SPAN);
        for (int r = 0; r < c.length; r++) {
          addScaled(s.basis, c[r], from, to, s.elements[r], 2 * w);
        }
      }
    }
  }

  /**
   * Stores the elements that {@code count} words from w on give in the basis vectors {@code from}
   * to {@code to}, which begin {@code stride} apart.
   *
   * <p>Here and in {@link #mixAlone} everything is written out: HotSpot inlines no method of more
   * than 325 bytes (its FreqInlineSize). Inlining these two into other vector code would exceed
   * C2's limit, and vectors that cross a call become objects: ten times as slow.
   */
  private static void generate(
      int[] offsets,
      int[] multipliers,
      int from,
      int to,
      int w,
      int count,
      int[] positions,
      float[] basis,
      int stride) {
    for (int v = 0; v < count; v += 2 * WIDTH) {
      IntVector p0 = IntVector.fromArray(INTS, positions, w + v);
      IntVector p1 = IntVector.fromArray(INTS, positions, w + v + WIDTH);
      int e0 = element(v);
      int e1 = element(v + WIDTH);
      for (int i = from; i < to; i++) {
        int row = (i - from) * stride;
        IntVector x0 = p0.lanewise(XOR, offsets[i]).mul(Generator.MULTIPLIER);
        x0 = x0.lanewise(XOR, x0.lanewise(LSHR, 15)).mul(multipliers[i]);
        x0 = x0.lanewise(XOR, x0.lanewise(LSHR, 16)).or(ODD);
        ((FloatVector) x0.lanewise(LSHL, 16).convert(I2F, 0)).intoArray(basis, row + e0);
        ((FloatVector) x0.and(HIGH).convert(I2F, 0)).intoArray(basis, row + e0 + 16);
        IntVector x1 = p1.lanewise(XOR, offsets[i]).mul(Generator.MULTIPLIER);
        x1 = x1.lanewise(XOR, x1.lanewise(LSHR, 15)).mul(multipliers[i]);
        x1 = x1.lanewise(XOR, x1.lanewise(LSHR, 16)).or(ODD);
        ((FloatVector) x1.lanewise(LSHL, 16).convert(I2F, 0)).intoArray(basis, row + e1);
        ((FloatVector) x1.and(HIGH).convert(I2F, 0)).intoArray(basis, row + e1 + 16);
      }
    }
  }

  private static void addScaled(float[] basis, float[] c, int from, int to, float[] out, int e) {
    FloatVector sum0 = FloatVector.fromArray(FLOATS, out, e);
    FloatVector sum1 = FloatVector.fromArray(FLOATS, out, e + WIDTH);
    FloatVector sum2 = FloatVector.fromArray(FLOATS, out, e + 2 * WIDTH);
    FloatVector sum3 = FloatVector.fromArray(FLOATS, out, e + 3 * WIDTH);
    FloatVector sum4 = FloatVector.fromArray(FLOATS, out, e + 4 * WIDTH);
    FloatVector sum5 = FloatVector.fromArray(FLOATS, out, e + 5 * WIDTH);
    FloatVector sum6 = FloatVector.fromArray(FLOATS, out, e + 6 * WIDTH);
    FloatVector sum7 = FloatVector.fromArray(FLOATS, out, e + 7 * WIDTH);
    for (int i = from; i < to; i++) {
      FloatVector factor = FloatVector.broadcast(FLOATS, c[i]);
      int u = (i - from) * SPAN;
      sum0 = sum0.add(FloatVector.fromArray(FLOATS, basis, u).mul(factor));
      sum1 = sum1.add(FloatVector.fromArray(FLOATS, basis, u + WIDTH).mul(factor));
      sum2 = sum2.add(FloatVector.fromArray(FLOATS, basis, u + 2 * WIDTH).mul(factor));
      sum3 = sum3.add(FloatVector.fromArray(FLOATS, basis, u + 3 * WIDTH).mul(factor));
      sum4 = sum4.add(FloatVector.fromArray(FLOATS, basis, u + 4 * WIDTH).mul(factor));
      sum5 = sum5.add(FloatVector.fromArray(FLOATS, basis, u + 5 * WIDTH).mul(factor));
      sum6 = sum6.add(FloatVector.fromArray(FLOATS, basis, u + 6 * WIDTH).mul(factor));
      sum7 = sum7.add(FloatVector.fromArray(FLOATS, basis, u + 7 * WIDTH).mul(factor));
    }
    sum0.intoArray(out, e);
    sum1.intoArray(out, e + WIDTH);
    sum2.intoArray(out, e + 2 * WIDTH);
    sum3.intoArray(out, e + 3 * WIDTH);
    sum4.intoArray(out, e + 4 * WIDTH);
    sum5.intoArray(out, e + 5 * WIDTH);
    sum6.intoArray(out, e + 6 * WIDTH);
    sum7.intoArray(out, e + 7 * WIDTH);
  }

  /** Two vectors of words at a time, past the last word if necessary. */
  private static void mixAlone(
      int[] offsets, int[] multipliers, float[] c, int w, int[] positions, float[] out) {
    IntVector p0 = IntVector.fromArray(INTS, positions, w);
    IntVector p1 = IntVector.fromArray(INTS, positions, w + WIDTH);
    FloatVector low0 = FloatVector.zero(FLOATS);
    FloatVector low1 = low0;
    FloatVector high0 = low0;
    FloatVector high1 = low0;
    for (int i = 0; i < c.length; i++) {
      IntVector x0 = p0.lanewise(XOR, offsets[i]).mul(Generator.MULTIPLIER);
      x0 = x0.lanewise(XOR, x0.lanewise(LSHR, 15)).mul(multipliers[i]);
      x0 = x0.lanewise(XOR, x0.lanewise(LSHR, 16)).or(ODD);
      IntVector x1 = p1.lanewise(XOR, offsets[i]).mul(Generator.MULTIPLIER);
      x1 = x1.lanewise(XOR, x1.lanewise(LSHR, 15)).mul(multipliers[i]);
      x1 = x1.lanewise(XOR, x1.lanewise(LSHR, 16)).or(ODD);
      low0 = low0.add(((FloatVector) x0.lanewise(LSHL, 16).convert(I2F, 0)).mul(c[i]));
      low1 = low1.add(((FloatVector) x1.lanewise(LSHL, 16).convert(I2F, 0)).mul(c[i]));
      high0 = high0.add(((FloatVector) x0.and(HIGH).convert(I2F, 0)).mul(c[i]));
      high1 = high1.add(((FloatVector) x1.and(HIGH).convert(I2F, 0)).mul(c[i]));
    }
    low0.intoArray(out, element(w));
    high0.intoArray(out, element(w) + 16);
    low1.intoArray(out, element(w + WIDTH));
    high1.intoArray(out, element(w + WIDTH) + 16);
  }

  /** As {@link #mixUniform}: for several gradients, elements are stored piece by piece. */
  @Override
  void projectUniform(Keys keys, int fromKey, int toKey, int words, Scratch s, double[][] sums) {
    if (sums.length == 1) {
      projectAlone(keys, fromKey, toKey, words, s, sums[0]);
      return;
    }
    for (int key = fromKey; key < toKey; key += GROUP) {
      int end = Math.min(key + GROUP, toKey);
      projectGroup(keys, key, end, words, s, sums.length);
      for (int r = 0; r < sums.length; r++) {
        for (int i = key; i < end; i++) {
          sums[r][i] += tree(s.partial[r], (i - key) * LANES);
        }
      }
    }
  }

  private static void projectGroup(Keys keys, int from, int to, int words, Scratch s, int results) {
    for (int r = 0; r < results; r++) {
      Arrays.fill(s.partial[r], 0, GROUP * LANES, 0f);
    }
    for (int w = 0; w < words; w += PIECE / 2) {
      int count = Math.min(PIECE / 2, words - w);
      generate(keys.offsets(), keys.multipliers(), from, to, w, count, s.positions, s.basis, PIECE);
      for (int r = 0; r < results; r++) {
        for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
          addProducts(s.basis, s.elements[r], 2 * w, 2 * count, s.partial[r], lane);
        }
      }
    }
  }

  /**
   * Two vectors of lanes for each of four basis vectors; sums of one that was not stored are
   * meaningless.
   */
  private static void addProducts(
      float[] basis, float[] gradient, int from, int count, float[] sums, int lane) {
    FloatVector sum00 = FloatVector.fromArray(FLOATS, sums, lane);
    FloatVector sum01 = FloatVector.fromArray(FLOATS, sums, lane + WIDTH);
    FloatVector sum10 = FloatVector.fromArray(FLOATS, sums, LANES + lane);
    FloatVector sum11 = FloatVector.fromArray(FLOATS, sums, LANES + lane + WIDTH);
    FloatVector sum20 = FloatVector.fromArray(FLOATS, sums, 2 * LANES + lane);
    FloatVector sum21 = FloatVector.fromArray(FLOATS, sums, 2 * LANES + lane + WIDTH);
    FloatVector sum30 = FloatVector.fromArray(FLOATS, sums, 3 * LANES + lane);
    FloatVector sum31 = FloatVector.fromArray(FLOATS, sums, 3 * LANES + lane + WIDTH);
    for (int e = lane; e < count; e += LANES) {
      FloatVector g0 = FloatVector.fromArray(FLOATS, gradient, from + e);
      FloatVector g1 = FloatVector.fromArray(FLOATS, gradient, from + e + WIDTH);
      sum00 = sum00.add(FloatVector.fromArray(FLOATS, basis, e).mul(g0));
      sum01 = sum01.add(FloatVector.fromArray(FLOATS, basis, e + WIDTH).mul(g1));
      sum10 = sum10.add(FloatVector.fromArray(FLOATS, basis, PIECE + e).mul(g0));
      sum11 = sum11.add(FloatVector.fromArray(FLOATS, basis, PIECE + e + WIDTH).mul(g1));
      sum20 = sum20.add(FloatVector.fromArray(FLOATS, basis, 2 * PIECE + e).mul(g0));
      sum21 = sum21.add(FloatVector.fromArray(FLOATS, basis, 2 * PIECE + e + WIDTH).mul(g1));
      sum30 = sum30.add(FloatVector.fromArray(FLOATS, basis, 3 * PIECE + e).mul(g0));
      sum31 = sum31.add(FloatVector.fromArray(FLOATS, basis, 3 * PIECE + e + WIDTH).mul(g1));
    }
    sum00.intoArray(sums, lane);
    sum01.intoArray(sums, lane + WIDTH);
    sum10.intoArray(sums, LANES + lane);
    sum11.intoArray(sums, LANES + lane + WIDTH);
    sum20.intoArray(sums, 2 * LANES + lane);
    sum21.intoArray(sums, 2 * LANES + lane + WIDTH);
    sum30.intoArray(sums, 3 * LANES + lane);
    sum31.intoArray(sums, 3 * LANES + lane + WIDTH);
  }

  private static void projectAlone(
      Keys keys, int fromKey, int toKey, int words, Scratch s, double[] sums) {
    for (int i = fromKey; i < toKey; i++) {
      for (int lane = 0; lane < 16; lane += WIDTH) {
        projectLanes(
            keys.offsets()[i],
            keys.multipliers()[i],
            lane,
            words,
            s.positions,
            s.elements[0],
            s.lanes);
      }
      sums[i] += tree(s.lanes, 0);
    }
  }

  private static void projectLanes(
      int offset,
      int multiplier,
      int lane,
      int words,
      int[] positions,
      float[] gradient,
      float[] lanes) {
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = low;
    for (int w = lane; w < words; w += 16) {
      IntVector x = IntVector.fromArray(INTS, positions, w);
      x = x.lanewise(XOR, offset).mul(Generator.MULTIPLIER);
      x = x.lanewise(XOR, x.lanewise(LSHR, 15)).mul(multiplier);
      x = x.lanewise(XOR, x.lanewise(LSHR, 16)).or(ODD);
      FloatVector x0 = (FloatVector) x.lanewise(LSHL, 16).convert(I2F, 0);
      FloatVector x1 = (FloatVector) x.and(HIGH).convert(I2F, 0);
      int e = 2 * w - lane;
      low = low.add(x0.mul(FloatVector.fromArray(FLOATS, gradient, e)));
      high = high.add(x1.mul(FloatVector.fromArray(FLOATS, gradient, e + 16)));
    }
    low.intoArray(lanes, lane);
    high.intoArray(lanes, lane + 16);
  }

  @Override
  Object signTables(float[] c, int keys) {
    return PERMUTES ? SignTables.triples(c, keys) : SignTables.bits(c, keys);
  }

  @Override
  void mixSign(Keys keys, Object[] tables, int words, Scratch s) {
    for (int r = 0; r < tables.length; r++) {
      Arrays.fill(s.elements[r], 0, words, 0f);
    }
    for (int key = 0; key < keys.count(); key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      for (int r = 0; r < tables.length; r++) {
        if (PERMUTES) {
          addPermuted((float[]) tables[r], key, s.words, s.elements[r], words);
        } else {
          addSigned((int[]) tables[r], key, s.words, s.elements[r], words);
        }
      }
    }
  }

  private static void addPermuted(
      float[] table, int key, int[] words, float[] elements, int count) {
    for (int group = 0; group < SignTables.GROUPS; group++) {
      addPermuted(table, 72 * key + 24 * group, SignTables.GROUP * group, words, elements, count);
    }
  }

  private static void addPermuted(
      float[] table, int at, int shift, int[] words, float[] elements, int count) {
    IntVector t0 = eight(table, at);
    IntVector t1 = eight(table, at + 8);
    IntVector t2 = eight(table, at + 16);
    for (int e = 0; e < count; e += WIDTH) {
      IntVector x = IntVector.fromArray(INTS, words, e).lanewise(LSHR, shift);
      FloatVector sum =
          look(x, t0).add(look(x.lanewise(LSHR, 3), t1)).add(look(x.lanewise(LSHR, 6), t2));
      FloatVector.fromArray(FLOATS, elements, e).add(sum).intoArray(elements, e);
    }
  }

  private static void addSigned(int[] bits, int key, int[] words, float[] elements, int count) {
    for (int group = 0; group < SignTables.GROUPS; group++) {
      int at = (key * SignTables.GROUPS + group) * SignTables.GROUP;
      addSigned(bits, at, SignTables.GROUP * group, words, elements, count);
    }
  }

  private static void addSigned(
      int[] bits, int at, int shift, int[] words, float[] elements, int count) {
    int c0 = bits[at];
    int c1 = bits[at + 1];
    int c2 = bits[at + 2];
    int c3 = bits[at + 3];
    int c4 = bits[at + 4];
    int c5 = bits[at + 5];
    int c6 = bits[at + 6];
    int c7 = bits[at + 7];
    int c8 = bits[at + 8];
    for (int e = 0; e < count; e += WIDTH) {
      IntVector x = IntVector.fromArray(INTS, words, e).lanewise(LSHR, shift);
      IntVector s0 = x.lanewise(LSHL, 31).lanewise(XOR, c0);
      IntVector s1 = x.lanewise(LSHL, 30).and(Integer.MIN_VALUE).lanewise(XOR, c1);
      IntVector s2 = x.lanewise(LSHL, 29).and(Integer.MIN_VALUE).lanewise(XOR, c2);
      IntVector s3 = x.lanewise(LSHL, 28).and(Integer.MIN_VALUE).lanewise(XOR, c3);
      IntVector s4 = x.lanewise(LSHL, 27).and(Integer.MIN_VALUE).lanewise(XOR, c4);
      IntVector s5 = x.lanewise(LSHL, 26).and(Integer.MIN_VALUE).lanewise(XOR, c5);
      IntVector s6 = x.lanewise(LSHL, 25).and(Integer.MIN_VALUE).lanewise(XOR, c6);
      IntVector s7 = x.lanewise(LSHL, 24).and(Integer.MIN_VALUE).lanewise(XOR, c7);
      IntVector s8 = x.lanewise(LSHL, 23).and(Integer.MIN_VALUE).lanewise(XOR, c8);
      FloatVector t0 =
          s0.reinterpretAsFloats().add(s1.reinterpretAsFloats()).add(s2.reinterpretAsFloats());
      FloatVector t1 =
          s3.reinterpretAsFloats().add(s4.reinterpretAsFloats()).add(s5.reinterpretAsFloats());
      FloatVector t2 =
          s6.reinterpretAsFloats().add(s7.reinterpretAsFloats()).add(s8.reinterpretAsFloats());
      FloatVector sum = t0.add(t1).add(t2);
      FloatVector.fromArray(FLOATS, elements, e).add(sum).intoArray(elements, e);
    }
  }

  private static FloatVector look(IntVector index, IntVector table) {
    return index.and(7).selectFrom(table).reinterpretAsFloats();
  }

  /** Eight table entries in the low lanes; wider vectors never select the others. */
  private static IntVector eight(float[] table, int at) {
    int[] bits = new int[WIDTH];
    for (int i = 0; i < 8; i++) {
      bits[i] = Float.floatToRawIntBits(table[at + i]);
    }
    return IntVector.fromArray(INTS, bits, 0);
  }

  @Override
  void projectSign(Keys keys, int fromKey, int toKey, int words, Scratch s, double[][] sums) {
    int perKey = Distribution.SIGN.vectorsPerKey();
    for (int key = fromKey; key < toKey; key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      for (int r = 0; r < sums.length; r++) {
        for (int bit = 0; bit < perKey; bit += 3) {
          for (int lane = 0; lane < LANES; lane += WIDTH) {
            projectThreeSigns(bit, lane, words, s.words, s.elements[r], s.lanes);
          }
          for (int i = 0; i < 3; i++) {
            sums[r][key * perKey + bit + i] += tree(s.lanes, i * LANES);
          }
        }
      }
    }
  }

  /**
   * Signs are written out, as is every step on vectors here: a method of ours that HotSpot has once
   * compiled by itself is inlined no more, and what it returns becomes an object at every call.
   */
  private static void projectThreeSigns(
      int bit, int lane, int count, int[] words, float[] gradient, float[] lanes) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    for (int e = lane; e < count; e += LANES) {
      IntVector x = IntVector.fromArray(INTS, words, e);
      IntVector g = FloatVector.fromArray(FLOATS, gradient, e).reinterpretAsInts();
      IntVector g0 = x.lanewise(LSHL, 31 - bit).and(Integer.MIN_VALUE).lanewise(XOR, g);
      IntVector g1 = x.lanewise(LSHL, 30 - bit).and(Integer.MIN_VALUE).lanewise(XOR, g);
      IntVector g2 = x.lanewise(LSHL, 29 - bit).and(Integer.MIN_VALUE).lanewise(XOR, g);
      s0 = s0.add(g0.reinterpretAsFloats());
      s1 = s1.add(g1.reinterpretAsFloats());
      s2 = s2.add(g2.reinterpretAsFloats());
    }
    s0.intoArray(lanes, lane);
    s1.intoArray(lanes, LANES + lane);
    s2.intoArray(lanes, 2 * LANES + lane);
  }
}
