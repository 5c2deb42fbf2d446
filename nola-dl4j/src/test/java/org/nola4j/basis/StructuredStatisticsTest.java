// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What {@code docs/basis-v2.md} says of its distributions: whole blocks of {@link
 * Distribution#HADAMARD} are rotations, different blocks independent, the choices and signs of
 * {@link Distribution#ONE_HOT} fair.
 */
@Tag("slow")
class StructuredStatisticsTest {
  private static final int LENGTH = 1 << 16;
  private static final int VECTORS = 16;
  private static final int[] LAGS = {1, 2, 8, 15, 16, 17, 31, 32, 33, 2048};
  private static final double VARIANCE = Distribution.HADAMARD.variance();

  @Test
  void everyWholeHadamardBlockIsARotation() {
    for (int count : new int[] {1, 2, 3, 20, 32, 100}) {
      int block = StructuredSpecification.blockSize(count);
      Basis basis = new Basis(5 + count, Distribution.HADAMARD, count, 3 * block);
      float[][] vectors = vectors(basis);
      double square = block * (double) Hadamard.MAGNITUDE * Hadamard.MAGNITUDE;
      for (int from = 0; from < basis.length(); from += block) {
        for (int i = 0; i < count; i++) {
          for (int j = 0; j <= i; j++) {
            double product = Vectors.dot(vectors[i], from, vectors[j], from, block);
            assertEquals(i == j ? square : 0, product);
          }
        }
      }
    }
  }

  @Test
  void mixesOfWholeHadamardBlocksKeepTheNormOfTheCoefficients() {
    Random random = new Random(1);
    for (int count : new int[] {20, 250, 2000}) {
      int block = StructuredSpecification.blockSize(count);
      Basis basis = new Basis(count, Distribution.HADAMARD, count, 4 * block);
      float[] c = Vectors.gaussians(random, count);
      float[] mix = new float[basis.length()];
      BasisKernels.active().mix(basis, c, mix);
      double expected = block * Vectors.dot(c, c) / 3;
      for (int from = 0; from < mix.length; from += block) {
        assertEquals(expected, Vectors.dot(mix, from, mix, from, block), 1e-5 * expected);
      }
    }
  }

  @Test
  void elementsOfAHadamardVectorAreIndependentSigns() {
    Evidence mean = new Evidence(Evidence.SEEDS.length * VECTORS);
    Evidence lags = new Evidence(Evidence.SEEDS.length * VECTORS * LAGS.length);
    for (long seed : Evidence.SEEDS) {
      for (float[] vector : vectors(new Basis(seed, Distribution.HADAMARD, VECTORS, LENGTH))) {
        double sum = 0;
        for (float element : vector) {
          assertEquals(Hadamard.MAGNITUDE, Math.abs(element));
          sum += element;
        }
        mean.addSum(sum, LENGTH, VARIANCE);
        for (int lag : LAGS) {
          int n = LENGTH - lag;
          lags.addSum(Vectors.dot(vector, 0, vector, lag, n), n, VARIANCE * VARIANCE);
        }
      }
    }
    assertAll(
        () -> mean.assertNormal("hadamard: mean of a vector", "65,536 elements"),
        () ->
            lags.assertNormal(
                "hadamard: correlation at lags 1, 2, 8, 15-17, 31-33, 2048", "65,536 elements"));
  }

  /** Blocks of 1,024 against the next: element by element, in all pairs of a few vectors. */
  @Test
  void vectorsInNeighboringHadamardBlocksAreUncorrelated() {
    int block = 1024;
    int few = 6;
    Evidence evidence = new Evidence(Evidence.SEEDS.length * few * few * 15);
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, Distribution.HADAMARD, block, 16 * block);
      float[][] vectors = new float[few][];
      Arrays.setAll(vectors, i -> basis.vector(i * 199));
      for (float[] a : vectors) {
        for (float[] b : vectors) {
          for (int from = 0; from < 15 * block; from += block) {
            evidence.addSum(
                Vectors.dot(a, from, b, from + block, block), block, VARIANCE * VARIANCE);
          }
        }
      }
    }
    evidence.assertNormal("hadamard: correlation of neighboring blocks", "1,024 elements");
  }

  /**
   * The sizes of what one vector of coefficients gives in neighboring blocks: outer signs cannot
   * show there, so that this is about the inner ones. Sizes in a block have a fixed sum of squares.
   */
  @Test
  void sizesOfMixesInNeighboringHadamardBlocksAreUncorrelated() {
    int block = 1024;
    int blocks = 65;
    Evidence evidence = new Evidence(Evidence.SEEDS.length * (blocks - 1));
    Random random = new Random(1);
    for (long seed : Evidence.SEEDS) {
      Basis basis = new Basis(seed, Distribution.HADAMARD, block, blocks * block);
      float[] mix = new float[basis.length()];
      BasisKernels.active().mix(basis, Vectors.gaussians(random, block), mix);
      for (int from = 0; from + block < mix.length; from += block) {
        float[] a = centeredSquares(mix, from, block);
        float[] b = centeredSquares(mix, from + block, block);
        evidence.add(
            Vectors.dot(a, b)
                / Math.sqrt(Vectors.dot(a, a) * Vectors.dot(b, b))
                * Math.sqrt(block - 1));
      }
    }
    evidence.assertNormal(
        "hadamard: correlation of sizes in neighboring blocks", "mixes of 1,024 elements");
  }

  private static float[] centeredSquares(float[] values, int from, int count) {
    double mean = Vectors.dot(values, from, values, from, count) / count;
    float[] squares = new float[count];
    for (int e = 0; e < count; e++) {
      squares[e] = (float) (values[from + e] * values[from + e] - mean);
    }
    return squares;
  }

  @Test
  void hadamardVectorsOfRelatedSeedsAndOfOtherDistributionsAreUncorrelated() {
    Evidence seeds = new Evidence(Evidence.SEEDS.length * VECTORS * 3);
    Evidence distributions = new Evidence(Evidence.SEEDS.length * VECTORS * 2);
    for (long seed : Evidence.SEEDS) {
      float[][] own = vectors(new Basis(seed, Distribution.HADAMARD, VECTORS, LENGTH));
      for (long other : new long[] {seed + 1, ~seed, Seeds.derive(seed, 0)}) {
        float[][] others = vectors(new Basis(other, Distribution.HADAMARD, VECTORS, LENGTH));
        for (int i = 0; i < VECTORS; i++) {
          seeds.addSum(Vectors.dot(own[i], others[i]), LENGTH, VARIANCE * VARIANCE);
        }
      }
      for (Distribution distribution :
          new Distribution[] {Distribution.UNIFORM, Distribution.SIGN}) {
        float[][] others = vectors(new Basis(seed, distribution, VECTORS, LENGTH));
        for (int i = 0; i < VECTORS; i++) {
          distributions.addSum(
              Vectors.dot(own[i], others[i]), LENGTH, VARIANCE * distribution.variance());
        }
      }
    }
    assertAll(
        () -> seeds.assertNormal("hadamard: correlation across related seeds", "65,536 elements"),
        () ->
            distributions.assertNormal(
                "correlation of hadamard with uniform and sign, one seed", "65,536 elements"));
  }

  @Test
  void oneHotVectorsAndSignsAreEquallyLikely() {
    int count = 64;
    Evidence choices = new Evidence(Evidence.SEEDS.length);
    Evidence neighbors = new Evidence(Evidence.SEEDS.length);
    Evidence signs = new Evidence(Evidence.SEEDS.length * count);
    for (long seed : Evidence.SEEDS) {
      float[][] vectors = vectors(new Basis(seed, Distribution.ONE_HOT, count, LENGTH));
      int[] chosen = new int[LENGTH];
      long[] sizes = new long[count];
      for (int i = 0; i < count; i++) {
        long negative = 0;
        for (int e = 0; e < LENGTH; e++) {
          if (vectors[i][e] != 0) {
            chosen[e] = i;
            sizes[i]++;
            negative += vectors[i][e] < 0 ? 1 : 0;
          }
        }
        signs.addFlips(negative, (double) sizes[i]);
      }
      assertEquals(LENGTH, Arrays.stream(sizes).sum());
      double expected = (double) LENGTH / count;
      double chiSquare =
          Arrays.stream(sizes).mapToDouble(n -> (n - expected) * (n - expected) / expected).sum();
      choices.add(Evidence.chiSquareScore(chiSquare, count - 1));
      int equal = 0;
      for (int e = 1; e < LENGTH; e++) {
        equal += chosen[e] == chosen[e - 1] ? 1 : 0;
      }
      double n = LENGTH - 1;
      double p = 1.0 / count;
      neighbors.add((equal - n * p) / Math.sqrt(n * p * (1 - p)));
    }
    assertAll(
        () -> choices.assertNormal("one-hot: chi-square of 64 vectors", "65,536 elements"),
        () -> neighbors.assertNormal("one-hot: neighbors of the same vector", "65,536 elements"),
        () -> signs.assertNormal("one-hot: balance of a vector's signs", "65,536 elements"));
  }

  private static float[][] vectors(Basis basis) {
    float[][] vectors = new float[basis.count()][];
    Arrays.setAll(vectors, basis::vector);
    return vectors;
  }
}
