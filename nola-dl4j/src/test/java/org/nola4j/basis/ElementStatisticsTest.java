// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The elements of one vector look like independent draws from their distribution. */
@Tag("slow")
class ElementStatisticsTest {
  private static final int LENGTH = 1 << 16;
  private static final int VECTORS = 16;

  /** Neighbors, the two halves of a word, neighbors of those, blocks, tiles. */
  private static final int[] LAGS = {1, 2, 8, 15, 16, 17, 31, 32, 33, 2048};

  @Test
  void uniformMomentsAreThoseOfTheDistribution() {
    int scores = Evidence.SEEDS.length * VECTORS;
    Evidence mean = new Evidence(scores);
    Evidence variance = new Evidence(scores);
    Evidence third = new Evidence(scores);
    Evidence fourth = new Evidence(scores);
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, Distribution.UNIFORM, VECTORS, LENGTH);
      for (int i = 0; i < VECTORS; i++) {
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        double sum4 = 0;
        for (double u : basis.vector(i)) {
          sum1 += u;
          sum2 += u * u - 1 / 3.0;
          sum3 += u * u * u;
          sum4 += u * u * u * u - 1 / 5.0;
        }
        mean.addSum(sum1, LENGTH, 1 / 3.0);
        variance.addSum(sum2, LENGTH, 1 / 5.0 - 1 / 9.0);
        third.addSum(sum3, LENGTH, 1 / 7.0);
        fourth.addSum(sum4, LENGTH, 1 / 9.0 - 1 / 25.0);
      }
    }
    mean.assertNormal("uniform: mean of a vector", "65,536 elements");
    variance.assertNormal("uniform: variance of a vector", "65,536 elements");
    third.assertNormal("uniform: third moment", "65,536 elements");
    fourth.assertNormal("uniform: fourth moment (kurtosis)", "65,536 elements");
  }

  /** The other moments of signs are constants. */
  @Test
  void signsAreBalanced() {
    int vectors = 2 * Distribution.SIGN.vectorsPerKey();
    Evidence mean = new Evidence(Evidence.SEEDS.length * vectors);
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, Distribution.SIGN, vectors, LENGTH);
      for (int i = 0; i < vectors; i++) {
        double sum = 0;
        for (float sign : basis.vector(i)) {
          assertEquals(1f, Math.abs(sign));
          sum += sign;
        }
        mean.addSum(sum, LENGTH, 1);
      }
    }
    mean.assertNormal("sign: mean of a vector", "65,536 elements");
  }

  @Test
  void uniformLevelsAreEquallyLikelyInBothHalvesOfAWord() {
    Evidence coarse = new Evidence(Evidence.SEEDS.length * 2 * VECTORS);
    Evidence fine = new Evidence(Evidence.SEEDS.length * 2);
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, Distribution.UNIFORM, VECTORS, 2 * LENGTH);
      int[][] all = new int[2][32_768];
      for (int i = 0; i < VECTORS; i++) {
        int[][] bins = new int[2][256];
        float[] vector = basis.vector(i);
        for (int e = 0; e < vector.length; e++) {
          int level = ((int) (vector[e] * 32_768) + 32_767) / 2;
          int half = e / 16 % 2;
          all[half][level]++;
          bins[half][level / 128]++;
        }
        coarse.add(chiSquareScore(bins[0], LENGTH));
        coarse.add(chiSquareScore(bins[1], LENGTH));
      }
      fine.add(chiSquareScore(all[0], VECTORS * LENGTH));
      fine.add(chiSquareScore(all[1], VECTORS * LENGTH));
    }
    coarse.assertNormal("uniform: chi-square of 256 bins", "65,536 halves of a word");
    fine.assertNormal("uniform: chi-square of all 32,768 levels", "1,048,576 halves of a word");
  }

  private static double chiSquareScore(int[] counts, int sample) {
    double expected = (double) sample / counts.length;
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - expected) * (count - expected) / expected;
    }
    return Evidence.chiSquareScore(chiSquare, counts.length - 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void elementsOfAVectorAreUncorrelated(Distribution distribution) {
    Evidence values = new Evidence(Evidence.SEEDS.length * VECTORS * LAGS.length);
    double variance = distribution.variance() * distribution.variance();
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, distribution, VECTORS, LENGTH);
      for (int i = 0; i < VECTORS; i++) {
        addLags(values, basis.vector(i), variance);
      }
    }
    values.assertNormal(
        name(distribution) + ": correlation at lags 1, 2, 8, 15-17, 31-33, 2048",
        "65,536 elements");
  }

  /** A dependence in size rather than in sign would not show in the correlations. */
  @Test
  void squaresOfUniformElementsAreUncorrelated() {
    Evidence squares = new Evidence(Evidence.SEEDS.length * VECTORS * LAGS.length);
    double variance = (1 / 5.0 - 1 / 9.0) * (1 / 5.0 - 1 / 9.0);
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, Distribution.UNIFORM, VECTORS, LENGTH);
      for (int i = 0; i < VECTORS; i++) {
        float[] vector = basis.vector(i);
        for (int e = 0; e < LENGTH; e++) {
          vector[e] = vector[e] * vector[e] - 1 / 3f;
        }
        addLags(squares, vector, variance);
      }
    }
    squares.assertNormal("uniform: correlation of squares, same lags", "65,536 elements");
  }

  @Test
  void theTwoHalvesOfAWordAreUncorrelated() {
    Evidence halves = new Evidence(Evidence.SEEDS.length * VECTORS);
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, Distribution.UNIFORM, VECTORS, LENGTH);
      for (int i = 0; i < VECTORS; i++) {
        float[] vector = basis.vector(i);
        double sum = 0;
        for (int block = 0; block < LENGTH; block += 32) {
          sum += Vectors.dot(vector, block, vector, block + 16, 16);
        }
        halves.addSum(sum, LENGTH / 2, 1 / 9.0);
      }
    }
    halves.assertNormal("uniform: correlation of the halves of a word", "32,768 words");
  }

  private static void addLags(Evidence evidence, float[] vector, double variance) {
    for (int lag : LAGS) {
      int n = vector.length - lag;
      evidence.addSum(Vectors.dot(vector, 0, vector, lag, n), n, variance);
    }
  }

  static String name(Distribution distribution) {
    return distribution == Distribution.UNIFORM ? "uniform" : "sign";
  }
}
