package org.nola4j.basis;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernel on {@code jdk.incubator.vector}; loaded only where that module is resolved.
 *
 * <p>Per 16 uniform elements of eight lanes: nine operations for two words' worth of hash, two to
 * split, two conversions, two multiplications, two additions. No fused multiply-add: the
 * specification rounds twice.
 */
final class VectorKernel extends TiledKernel {
  private static final VectorSpecies<Integer> INTS =
      IntVector.SPECIES_PREFERRED.length() > 16
          ? IntVector.SPECIES_512
          : IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> FLOATS = INTS.withLanes(float.class).check(float.class);
  private static final int WIDTH = INTS.length();

  /**
   * From JDK 25 on a lane permutation is one instruction; before, looking up in memory is faster.
   */
  private static final boolean PERMUTES = Runtime.version().feature() >= 25 && WIDTH >= 8;

  private static final int ODD = 0x00010001;
  private static final int HIGH = 0xFFFF0000;

  /** Whether this machine's vectors fit the specification's blocks of 16 words. */
  static boolean supported() {
    return WIDTH >= 4;
  }

  VectorKernel(int threadLimit) {
    super(threadLimit);
  }

  @Override
  public String name() {
    return "vector-" + INTS.vectorBitSize();
  }

  private static IntVector words(IntVector positions, int offset, int multiplier) {
    IntVector x = positions.lanewise(XOR, offset).mul(Generator.MULTIPLIER);
    x = x.lanewise(XOR, x.lanewise(LSHR, 15)).mul(multiplier);
    return x.lanewise(XOR, x.lanewise(LSHR, 16));
  }

  private static FloatVector low(IntVector odd) {
    return (FloatVector) odd.lanewise(LSHL, 16).convert(I2F, 0);
  }

  private static FloatVector high(IntVector odd) {
    return (FloatVector) odd.and(HIGH).convert(I2F, 0);
  }

  /** Where word {@code w}'s low half goes in a tile; the high half goes 16 further. */
  private static int element(int w) {
    return 2 * w - (w & 15);
  }

  @Override
  void mixUniform(Keys keys, float[] c, int words, Scratch s) {
    int w = 0;
    for (; w + 2 * WIDTH <= words; w += 2 * WIDTH) {
      mixTwo(keys.offsets(), keys.multipliers(), c, w, s.positions, s.elements);
    }
    for (; w < words; w += WIDTH) {
      mixOne(keys.offsets(), keys.multipliers(), c, w, s.positions, s.elements);
    }
  }

  private static void mixTwo(
      int[] offsets, int[] multipliers, float[] c, int w, int[] positions, float[] out) {
    IntVector p0 = IntVector.fromArray(INTS, positions, w);
    IntVector p1 = IntVector.fromArray(INTS, positions, w + WIDTH);
    FloatVector low0 = FloatVector.zero(FLOATS);
    FloatVector low1 = low0;
    FloatVector high0 = low0;
    FloatVector high1 = low0;
    for (int i = 0; i < c.length; i++) {
      IntVector x0 = words(p0, offsets[i], multipliers[i]).or(ODD);
      IntVector x1 = words(p1, offsets[i], multipliers[i]).or(ODD);
      low0 = low0.add(low(x0).mul(c[i]));
      low1 = low1.add(low(x1).mul(c[i]));
      high0 = high0.add(high(x0).mul(c[i]));
      high1 = high1.add(high(x1).mul(c[i]));
    }
    low0.intoArray(out, element(w));
    high0.intoArray(out, element(w) + 16);
    low1.intoArray(out, element(w + WIDTH));
    high1.intoArray(out, element(w + WIDTH) + 16);
  }

  private static void mixOne(
      int[] offsets, int[] multipliers, float[] c, int w, int[] positions, float[] out) {
    IntVector p = IntVector.fromArray(INTS, positions, w);
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = low;
    for (int i = 0; i < c.length; i++) {
      IntVector x = words(p, offsets[i], multipliers[i]).or(ODD);
      low = low.add(low(x).mul(c[i]));
      high = high.add(high(x).mul(c[i]));
    }
    low.intoArray(out, element(w));
    high.intoArray(out, element(w) + 16);
  }

  @Override
  void projectUniform(Keys keys, int fromKey, int toKey, int words, Scratch s, double[] sums) {
    for (int i = fromKey; i < toKey; i++) {
      for (int lane = 0; lane < 16; lane += WIDTH) {
        projectLanes(
            keys.offsets()[i],
            keys.multipliers()[i],
            lane,
            words,
            s.positions,
            s.elements,
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
      IntVector x = words(IntVector.fromArray(INTS, positions, w), offset, multiplier).or(ODD);
      int e = 2 * w - lane;
      low = low.add(low(x).mul(FloatVector.fromArray(FLOATS, gradient, e)));
      high = high.add(high(x).mul(FloatVector.fromArray(FLOATS, gradient, e + 16)));
    }
    low.intoArray(lanes, lane);
    high.intoArray(lanes, lane + 16);
  }

  @Override
  Object signTables(float[] c, int keys) {
    return PERMUTES ? SignTables.triples(c, keys) : SignTables.nines(c, keys);
  }

  @Override
  void mixSign(Keys keys, Object tables, int words, Scratch s) {
    Arrays.fill(s.elements, 0, words, 0f);
    for (int key = 0; key < keys.count(); key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      if (PERMUTES) {
        for (int group = 0; group < SignTables.GROUPS; group++) {
          addPermuted(
              (float[]) tables,
              72 * key + 24 * group,
              SignTables.GROUP * group,
              s.words,
              s.elements,
              words);
        }
      } else {
        SignTables.add((float[][]) tables, key, s.words, s.elements, words);
      }
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
  void projectSign(Keys keys, int fromKey, int toKey, int words, Scratch s, double[] sums) {
    int perKey = Law.SIGN.vectorsPerKey();
    for (int key = fromKey; key < toKey; key++) {
      Generator.words(s.positions, keys.offsets()[key], keys.multipliers()[key], s.words, words);
      for (int bit = 0; bit < perKey; bit += 3) {
        for (int lane = 0; lane < LANES; lane += WIDTH) {
          projectThreeSigns(bit, lane, words, s.words, s.elements, s.lanes);
        }
        for (int i = 0; i < 3; i++) {
          sums[key * perKey + bit + i] += tree(s.lanes, i * LANES);
        }
      }
    }
  }

  private static void projectThreeSigns(
      int bit, int lane, int count, int[] words, float[] gradient, float[] lanes) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    for (int e = lane; e < count; e += LANES) {
      IntVector x = IntVector.fromArray(INTS, words, e);
      IntVector g = FloatVector.fromArray(FLOATS, gradient, e).reinterpretAsInts();
      s0 = s0.add(signed(g, x, 31 - bit));
      s1 = s1.add(signed(g, x, 30 - bit));
      s2 = s2.add(signed(g, x, 29 - bit));
    }
    s0.intoArray(lanes, lane);
    s1.intoArray(lanes, LANES + lane);
    s2.intoArray(lanes, 2 * LANES + lane);
  }

  private static FloatVector signed(IntVector value, IntVector words, int shift) {
    return words
        .lanewise(LSHL, shift)
        .and(Integer.MIN_VALUE)
        .lanewise(XOR, value)
        .reinterpretAsFloats();
  }
}
