// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

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

  private static final int WIDTH = FLOATS.length();

  /** Brings the bit of lane i, of those from bit 0 on, to the highest place. */
  private static final IntVector TO_SIGN =
      IntVector.broadcast(INTS, 31).sub(IntVector.zero(INTS).addIndex(1));

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
  public void flip(float[] from, int[] signs, float[] to, int count) {
    for (int p = 0; p < count; p += WIDTH) {
      int bits = signs[p / Signs.PER_WORD] >>> (p & (Signs.PER_WORD - 1));
      IntVector sign =
          IntVector.broadcast(INTS, bits).lanewise(LSHL, TO_SIGN).and(Integer.MIN_VALUE);
      FloatVector.fromArray(FLOATS, from, p)
          .reinterpretAsInts()
          .lanewise(XOR, sign)
          .reinterpretAsFloats()
          .intoArray(to, p);
    }
  }

  @Override
  public void addFlipped(float[] x, int[] signs, int firstWord, float[] sums, int count) {
    int at = firstWord * Signs.PER_WORD;
    for (int p = 0; p < count; p += WIDTH) {
      int bits = signs[firstWord + p / Signs.PER_WORD] >>> (p & (Signs.PER_WORD - 1));
      IntVector sign =
          IntVector.broadcast(INTS, bits).lanewise(LSHL, TO_SIGN).and(Integer.MIN_VALUE);
      FloatVector flipped =
          FloatVector.fromArray(FLOATS, x, p)
              .reinterpretAsInts()
              .lanewise(XOR, sign)
              .reinterpretAsFloats();
      FloatVector.fromArray(FLOATS, sums, at + p).add(flipped).intoArray(sums, at + p);
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
  public void descend(float[] x, int count, int from) {
    if (2 * from < WIDTH) {
      plain.descend(x, count, from);
      return;
    }
    int h = from;
    for (; h >= 2 * WIDTH; h /= 4) {
      descendTwo(x, count, h);
    }
    if (h == WIDTH) {
      one(x, count, WIDTH);
    }
    descendLanes(x, count);
  }

  @Override
  public void ascend(float[] x, int count, int to) {
    if (2 * to < WIDTH) {
      plain.ascend(x, count, to);
      return;
    }
    ascendLanes(x, count);
    int h = WIDTH;
    for (; h < to; h *= 4) {
      ascendTwo(x, count, h);
    }
    if (h == to) {
      one(x, count, h);
    }
  }

  /** A stage within vectors adds to each, with the stage's signs, what the other lane has. */
  private static void descendLanes(float[] x, int count) {
    for (int p = 0; p < count; p += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, p);
      if (WIDTH > 8) {
        v = v.mul(SIGN_8).add(v.rearrange(SWAP_8));
      }
      if (WIDTH > 4) {
        v = v.mul(SIGN_4).add(v.rearrange(SWAP_4));
      }
      v = v.mul(SIGN_2).add(v.rearrange(SWAP_2));
      v = v.mul(SIGN_1).add(v.rearrange(SWAP_1));
      v.intoArray(x, p);
    }
  }

  private static void ascendLanes(float[] x, int count) {
    for (int p = 0; p < count; p += WIDTH) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, p);
      v = v.mul(SIGN_1).add(v.rearrange(SWAP_1));
      v = v.mul(SIGN_2).add(v.rearrange(SWAP_2));
      if (WIDTH > 4) {
        v = v.mul(SIGN_4).add(v.rearrange(SWAP_4));
      }
      if (WIDTH > 8) {
        v = v.mul(SIGN_8).add(v.rearrange(SWAP_8));
      }
      v.intoArray(x, p);
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
