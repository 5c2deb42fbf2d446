// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nola4j.internal.basis.Buckets;

class BucketsTest {
  private static final int COUNT = 37;
  private static final int LENGTH = 5000;

  @Test
  void hashedBucketsAndSignsAreThoseOfTheSpecification() {
    Buckets buckets = Buckets.hashed(5, COUNT, LENGTH);
    long key = BasisSpecification.key(5, 0);
    for (int e = 0; e < LENGTH; e++) {
      long word = BasisSpecification.word(key, e);
      assertEquals(word / 2 * COUNT / 0x80000000L, buckets.bucket(e));
      assertEquals(word % 2 == 0 ? 1 : -1, buckets.sign(e));
    }
  }

  @Test
  void balancedBucketsDealOutTheElementsInOrderOfTheirWords() {
    Buckets buckets = Buckets.balanced(5, COUNT, LENGTH);
    long key = BasisSpecification.key(5, 0);
    for (int e = 0; e < LENGTH; e += 7) {
      long word = BasisSpecification.word(key, e);
      int smaller = 0;
      for (int other = 0; other < LENGTH; other++) {
        smaller += BasisSpecification.word(key, other) < word ? 1 : 0;
      }
      assertEquals(smaller % COUNT, buckets.bucket(e));
      assertEquals(1, buckets.sign(e));
    }
  }

  @Test
  void hashedBucketsAreEquallyLikelyAndTheirSignsBalanced() {
    Evidence sizes = new Evidence(Evidence.SEEDS.length);
    Evidence signs = new Evidence(Evidence.SEEDS.length * 64);
    for (long seed : Evidence.SEEDS) {
      Buckets buckets = Buckets.hashed(seed, 64, 1 << 16);
      int[] size = new int[64];
      int[] negative = new int[64];
      for (int e = 0; e < 1 << 16; e++) {
        size[buckets.bucket(e)]++;
        negative[buckets.bucket(e)] += (1 - buckets.sign(e)) / 2;
      }
      double chiSquare = 0;
      for (int b = 0; b < 64; b++) {
        chiSquare += (size[b] - 1024.0) * (size[b] - 1024.0) / 1024.0;
        signs.addFlips(negative[b], size[b]);
      }
      sizes.add(Evidence.chiSquareScore(chiSquare, 63));
    }
    sizes.assertNormal("buckets: chi-square of 64 sizes", "65,536 elements");
    signs.assertNormal("buckets: balance of signs in a bucket", "65,536 elements");
  }

  @Test
  void pullBackIsTheTransposeOfExpand() {
    Random random = new Random(2);
    float[] values = Vectors.gaussians(random, COUNT);
    float[] gradient = Vectors.gaussians(random, LENGTH);
    for (Buckets buckets :
        new Buckets[] {Buckets.hashed(1, COUNT, LENGTH), Buckets.balanced(1, COUNT, LENGTH)}) {
      float[] expanded = new float[LENGTH];
      float[] pulled = new float[COUNT];
      buckets.expand(values, expanded);
      buckets.pullBack(gradient, pulled);
      assertEquals(Vectors.dot(expanded, gradient), Vectors.dot(values, pulled), 1e-3);
    }
  }

  @Test
  void floatAndDoubleAgree() {
    Buckets buckets = Buckets.hashed(1, 2, 4);
    float[] pulled = new float[2];
    double[] pulledDouble = new double[2];
    buckets.pullBack(new float[] {1, 2, 3, 4}, pulled);
    buckets.pullBack(new double[] {1, 2, 3, 4}, pulledDouble);
    assertArrayEquals(pulledDouble, new double[] {pulled[0], pulled[1]});
    float[] expanded = new float[4];
    double[] expandedDouble = new double[4];
    buckets.expand(new float[] {1, 2}, expanded);
    buckets.expand(new double[] {1, 2}, expandedDouble);
    for (int e = 0; e < 4; e++) {
      assertEquals(expandedDouble[e], expanded[e]);
    }
  }

  @Test
  void impossibleSizesAreNamed() {
    assertEquals(
        "hashing needs at least one bucket and one element, but buckets = 0, elements = 4",
        assertThrows(IllegalArgumentException.class, () -> Buckets.hashed(1, 0, 4)).getMessage());
    Buckets buckets = Buckets.hashed(1, 2, 4);
    assertEquals(
        "expected 2 values and 4 elements, but got 3 and 4",
        assertThrows(
                IllegalArgumentException.class, () -> buckets.expand(new float[3], new float[4]))
            .getMessage());
  }
}
