// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.nola4j.internal.basis.Generator;

/**
 * Butterflies on {@code jdk.incubator.vector}: stages whose distance is a vector or more take whole
 * vectors, two stages at a time; the others permute the lanes of one, all of them while it is in a
 * register.
 *
 * <p>For 4 to 16 lanes. As in {@link VectorKernel}, every method is a loop of its own in which
 * vectors meet no call.
 */
final class VectorButterflies implements Butterflies {
  static final VectorSpecies<Integer> INTS =
      IntVector.SPECIES_PREFERRED.length() > 16
          ? IntVector.SPECIES_512
          : IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Float> FLOATS = INTS.withLanes(float.class).check(float.class);
  private static final VectorSpecies<Double> DOUBLES =
      FLOATS.withLanes(double.class).check(double.class);
  private static final int WIDTH = FLOATS.length();

  /** Brings the bit of lane i, of those from bit 0 on, to the highest place. */
  private static final IntVector TO_SIGN =
      IntVector.broadcast(INTS, 31).sub(IntVector.zero(INTS).addIndex(1));

  /** The same for the next vector. */
  private static final IntVector NEXT_TO_SIGN = TO_SIGN.sub(WIDTH);

  private static final VectorShuffle<Float> SWAP_1 = swap(1);
  private static final VectorShuffle<Float> SWAP_2 = swap(2);
  private static final VectorShuffle<Float> SWAP_4 = swap(4);
  private static final VectorShuffle<Float> SWAP_8 = swap(8);
  private static final FloatVector SIGN_1 = sign(1);
  private static final FloatVector SIGN_2 = sign(2);
  private static final FloatVector SIGN_4 = sign(4);
  private static final FloatVector SIGN_8 = sign(8);

  /** Where a matrix is smaller than a vector. */
  private final Butterflies plain = new PlainButterflies();

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) % WIDTH);
  }

  /** -1 in the lanes that take the difference of a stage, else 1. */
  private static FloatVector sign(int distance) {
    float[] signs = new float[WIDTH];
    for (int lane = 0; lane < WIDTH; lane++) {
      signs[lane] = (lane & distance) == 0 ? 1f : -1f;
    }
    return FloatVector.fromArray(FLOATS, signs, 0);
  }

  @Override
  public void words(Signs signs, long first, int[] words, int count) {
    IntVector lanes = IntVector.zero(INTS).addIndex(1);
    for (int w = 0; w < count; w += WIDTH) {
      IntVector x = lanes.add((int) first + w);
      x = x.lanewise(XOR, x.lanewise(LSHR, 16)).mul(Generator.FIRST_MIX);
      x = x.lanewise(XOR, x.lanewise(LSHR, 15)).mul(Generator.SECOND_MIX);
      x = x.lanewise(XOR, x.lanewise(LSHR, 16));
      x = x.lanewise(XOR, signs.offset()).mul(Generator.MULTIPLIER);
      x = x.lanewise(XOR, x.lanewise(LSHR, 15)).mul(signs.multiplier());
      x.lanewise(XOR, x.lanewise(LSHR, 16)).intoArray(words, w);
    }
  }

  @Override
  public void flip(float[] from, int[] signs, float[] to, int count) {
    for (int p = 0; p < count; p += 2 * WIDTH) {
      IntVector bits =
          IntVector.broadcast(INTS, signs[p / Signs.PER_WORD] >>> (p & (Signs.PER_WORD - 1)));
      FloatVector.fromArray(FLOATS, from, p)
          .reinterpretAsInts()
          .lanewise(XOR, bits.lanewise(LSHL, TO_SIGN).and(Integer.MIN_VALUE))
          .reinterpretAsFloats()
          .intoArray(to, p);
      FloatVector.fromArray(FLOATS, from, p + WIDTH)
          .reinterpretAsInts()
          .lanewise(XOR, bits.lanewise(LSHL, NEXT_TO_SIGN).and(Integer.MIN_VALUE))
          .reinterpretAsFloats()
          .intoArray(to, p + WIDTH);
    }
  }

  @Override
  public void addFlipped(float[] x, int[] signs, int firstWord, float[] sums, int count) {
    int at = firstWord * Signs.PER_WORD;
    for (int p = 0; p < count; p += 2 * WIDTH) {
      int word = signs[firstWord + p / Signs.PER_WORD];
      IntVector bits = IntVector.broadcast(INTS, word >>> (p & (Signs.PER_WORD - 1)));
      FloatVector v =
          FloatVector.fromArray(FLOATS, x, p)
              .reinterpretAsInts()
              .lanewise(XOR, bits.lanewise(LSHL, TO_SIGN).and(Integer.MIN_VALUE))
              .reinterpretAsFloats();
      FloatVector u =
          FloatVector.fromArray(FLOATS, x, p + WIDTH)
              .reinterpretAsInts()
              .lanewise(XOR, bits.lanewise(LSHL, NEXT_TO_SIGN).and(Integer.MIN_VALUE))
              .reinterpretAsFloats();
      int to = at + p;
      FloatVector.fromArray(FLOATS, sums, to).add(v).intoArray(sums, to);
      FloatVector.fromArray(FLOATS, sums, to + WIDTH).add(u).intoArray(sums, to + WIDTH);
    }
  }

  @Override
  public void fold(float[] x, int count) {
    for (int j = 0; j < count; j += WIDTH) {
      FloatVector.fromArray(FLOATS, x, j)
          .add(FloatVector.fromArray(FLOATS, x, j + count))
          .intoArray(x, j);
    }
  }

  @Override
  public void add(float[] x, double[] sums, int from, int to) {
    int i = from;
    for (; i + WIDTH <= to; i += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, i);
      DoubleVector low = (DoubleVector) v.convert(F2D, 0);
      DoubleVector high = (DoubleVector) v.convert(F2D, 1);
      DoubleVector.fromArray(DOUBLES, sums, i).add(low).intoArray(sums, i);
      int next = i + WIDTH / 2;
      DoubleVector.fromArray(DOUBLES, sums, next).add(high).intoArray(sums, next);
    }
    plain.add(x, sums, i, to);
  }

  @Override
  public void descend(float[] x, int count, int from, int[] signs, float[] to, int at) {
    if (2 * from < WIDTH) {
      plain.descend(x, count, from, signs, to, at);
      return;
    }
    int h = from;
    for (; h >= 2 * WIDTH; h /= 4) {
      descendTwo(x, count, h);
    }
    if (h == WIDTH) {
      one(x, count, WIDTH);
    }
    descendLanes(x, count, signs, to, at);
  }

  @Override
  public void ascend(float[] from, int at, int[] signs, float[] x, int count, int to) {
    if (2 * to < WIDTH) {
      plain.ascend(from, at, signs, x, count, to);
      return;
    }
    ascendLanes(from, at, signs, x, count);
    int h = WIDTH;
    for (; h < to; h *= 4) {
      ascendTwo(x, count, h);
    }
    if (h == to) {
      one(x, count, h);
    }
  }

  /**
   * A stage within vectors adds to each, with the stage's signs, what the other lane has. Fused
   * with the multiplication by a sign, which is exact, an addition gives the same bits. Two vectors
   * at a time, whose stages do not wait for each other.
   */
  private static void descendLanes(float[] x, int count, int[] signs, float[] to, int at) {
    for (int p = 0; p < count; p += 2 * WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, p);
      FloatVector u = FloatVector.fromArray(FLOATS, x, p + WIDTH);
      if (WIDTH > 8) {
        v = v.fma(SIGN_8, v.rearrange(SWAP_8));
        u = u.fma(SIGN_8, u.rearrange(SWAP_8));
      }
      if (WIDTH > 4) {
        v = v.fma(SIGN_4, v.rearrange(SWAP_4));
        u = u.fma(SIGN_4, u.rearrange(SWAP_4));
      }
      v = v.fma(SIGN_2, v.rearrange(SWAP_2));
      u = u.fma(SIGN_2, u.rearrange(SWAP_2));
      v = v.fma(SIGN_1, v.rearrange(SWAP_1));
      u = u.fma(SIGN_1, u.rearrange(SWAP_1));
      IntVector bits =
          IntVector.broadcast(INTS, signs[p / Signs.PER_WORD] >>> (p & (Signs.PER_WORD - 1)));
      IntVector first = bits.lanewise(LSHL, TO_SIGN);
      IntVector second = bits.lanewise(LSHL, NEXT_TO_SIGN);
      v.reinterpretAsInts()
          .lanewise(XOR, first.and(Integer.MIN_VALUE))
          .reinterpretAsFloats()
          .intoArray(to, at + p);
      u.reinterpretAsInts()
          .lanewise(XOR, second.and(Integer.MIN_VALUE))
          .reinterpretAsFloats()
          .intoArray(to, at + p + WIDTH);
    }
  }

  private static void ascendLanes(float[] from, int at, int[] signs, float[] x, int count) {
    for (int p = 0; p < count; p += 2 * WIDTH) {
      IntVector bits =
          IntVector.broadcast(INTS, signs[p / Signs.PER_WORD] >>> (p & (Signs.PER_WORD - 1)));
      IntVector first = bits.lanewise(LSHL, TO_SIGN);
      IntVector second = bits.lanewise(LSHL, NEXT_TO_SIGN);
      FloatVector v =
          FloatVector.fromArray(FLOATS, from, at + p)
              .reinterpretAsInts()
              .lanewise(XOR, first.and(Integer.MIN_VALUE))
              .reinterpretAsFloats();
      FloatVector u =
          FloatVector.fromArray(FLOATS, from, at + p + WIDTH)
              .reinterpretAsInts()
              .lanewise(XOR, second.and(Integer.MIN_VALUE))
              .reinterpretAsFloats();
      v = v.fma(SIGN_1, v.rearrange(SWAP_1));
      u = u.fma(SIGN_1, u.rearrange(SWAP_1));
      v = v.fma(SIGN_2, v.rearrange(SWAP_2));
      u = u.fma(SIGN_2, u.rearrange(SWAP_2));
      if (WIDTH > 4) {
        v = v.fma(SIGN_4, v.rearrange(SWAP_4));
        u = u.fma(SIGN_4, u.rearrange(SWAP_4));
      }
      if (WIDTH > 8) {
        v = v.fma(SIGN_8, v.rearrange(SWAP_8));
        u = u.fma(SIGN_8, u.rearrange(SWAP_8));
      }
      v.intoArray(x, p);
      u.intoArray(x, p + WIDTH);
    }
  }

  private static void one(float[] x, int count, int h) {
    for (int block = 0; block < count; block += 2 * h) {
      for (int j = block; j < block + h; j += WIDTH) {
        FloatVector a = FloatVector.fromArray(FLOATS, x, j);
        FloatVector b = FloatVector.fromArray(FLOATS, x, j + h);
        a.add(b).intoArray(x, j);
        a.sub(b).intoArray(x, j + h);
      }
    }
  }

  /** Distances h and h / 2. */
  private static void descendTwo(float[] x, int count, int h) {
    int half = h / 2;
    for (int block = 0; block < count; block += 2 * h) {
      for (int j = block; j < block + half; j += WIDTH) {
        FloatVector a = FloatVector.fromArray(FLOATS, x, j);
        FloatVector b = FloatVector.fromArray(FLOATS, x, j + half);
        FloatVector c = FloatVector.fromArray(FLOATS, x, j + h);
        FloatVector d = FloatVector.fromArray(FLOATS, x, j + h + half);
        FloatVector ac = a.add(c);
        FloatVector bd = b.add(d);
        FloatVector acDifference = a.sub(c);
        FloatVector bdDifference = b.sub(d);
        ac.add(bd).intoArray(x, j);
        ac.sub(bd).intoArray(x, j + half);
        acDifference.add(bdDifference).intoArray(x, j + h);
        acDifference.sub(bdDifference).intoArray(x, j + h + half);
      }
    }
  }

  /** Distances h and 2 h. */
  private static void ascendTwo(float[] x, int count, int h) {
    for (int block = 0; block < count; block += 4 * h) {
      for (int j = block; j < block + h; j += WIDTH) {
        FloatVector a = FloatVector.fromArray(FLOATS, x, j);
        FloatVector b = FloatVector.fromArray(FLOATS, x, j + h);
        FloatVector c = FloatVector.fromArray(FLOATS, x, j + 2 * h);
        FloatVector d = FloatVector.fromArray(FLOATS, x, j + 3 * h);
        FloatVector ab = a.add(b);
        FloatVector cd = c.add(d);
        FloatVector abDifference = a.sub(b);
        FloatVector cdDifference = c.sub(d);
        ab.add(cd).intoArray(x, j);
        abDifference.add(cdDifference).intoArray(x, j + h);
        ab.sub(cd).intoArray(x, j + 2 * h);
        abDifference.sub(cdDifference).intoArray(x, j + 3 * h);
      }
    }
  }
}
