// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Vectors of one basis, of neighboring seeds and of the two distributions look independent. */
@Tag("slow")
class VectorStatisticsTest {
  private static final int LENGTH = 1 << 15;

  /** 27 vectors of signs share their words, so that the 28th is the first of other words. */
  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void vectorsOneAnd27ApartAreUncorrelated(Distribution distribution) {
    int pairs = 32;
    Evidence next = new Evidence(Evidence.SEEDS.length * pairs);
    Evidence nextKey = new Evidence(Evidence.SEEDS.length * pairs);
    for (long seed : Evidence.SEEDS) {
      float[][] vectors = vectors(new Basis(seed, distribution, pairs + 27, LENGTH));
      for (int i = 0; i < pairs; i++) {
        addCorrelation(next, vectors[i], vectors[i + 1], distribution, distribution);
        addCorrelation(nextKey, vectors[i], vectors[i + 27], distribution, distribution);
      }
    }
    String name = ElementStatisticsTest.name(distribution);
    next.assertNormal(name + ": correlation of vectors i, i + 1", "32,768 elements");
    nextKey.assertNormal(name + ": correlation of vectors i, i + 27", "32,768 elements");
  }

  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void vectorsOfRelatedSeedsAreUncorrelated(Distribution distribution) {
    int vectors = 8;
    long golden = 0x9E3779B97F4A7C15L;
    Evidence evidence = new Evidence(Evidence.SEEDS.length * vectors * 6);
    for (long seed : Evidence.SEEDS) {
      float[][] own = vectors(new Basis(seed, distribution, vectors, LENGTH));
      long[] related = {
        seed + 1, seed ^ Long.MIN_VALUE, seed + golden, ~seed, Seeds.derive(seed, 0)
      };
      for (long other : related) {
        float[][] others = vectors(new Basis(other, distribution, vectors, LENGTH));
        for (int i = 0; i < vectors; i++) {
          addCorrelation(evidence, own[i], others[i], distribution, distribution);
        }
      }
      // Keys step by the same constant: were seeds not mixed first, this would be the same vector.
      Basis shifted = new Basis(seed + golden, distribution, 28 * vectors, LENGTH);
      int step = distribution.vectorsPerKey();
      Basis later = new Basis(seed, distribution, 28 * vectors + 1, LENGTH);
      for (int i = 0; i < vectors; i++) {
        addCorrelation(
            evidence,
            later.vector((i + 1) * step),
            shifted.vector(i * step),
            distribution,
            distribution);
      }
    }
    evidence.assertNormal(
        ElementStatisticsTest.name(distribution) + ": correlation across related seeds",
        "32,768 elements");
  }

  @Test
  void vectorsOfDifferentDistributionsAreUncorrelatedAtEqualPositions() {
    int uniform = 4;
    int sign = 4 * Distribution.SIGN.vectorsPerKey();
    Evidence evidence = new Evidence(Evidence.SEEDS.length * uniform * sign);
    for (long seed : Evidence.SEEDS) {
      float[][] signs = vectors(new Basis(seed, Distribution.SIGN, sign, LENGTH));
      for (float[] vector : vectors(new Basis(seed, Distribution.UNIFORM, uniform, LENGTH))) {
        for (float[] other : signs) {
          addCorrelation(evidence, vector, other, Distribution.UNIFORM, Distribution.SIGN);
        }
      }
    }
    evidence.assertNormal("correlation of uniform and sign, one seed", "32,768 elements");
  }

  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void allPairsOfVectorsAreUncorrelated(Distribution distribution) {
    int count = 256;
    double[][] gram = gram(new Basis(1, distribution, count, 16_384));
    Evidence evidence = new Evidence(count * (count - 1) / 2);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < i; j++) {
        evidence.addSum(gram[i][j], 16_384, distribution.variance() * distribution.variance());
      }
    }
    evidence.assertNormal(
        ElementStatisticsTest.name(distribution) + ": correlation of all pairs of 256 vectors",
        "seed 1, 16,384 elements");
  }

  /**
   * The eigenvalues of U U^T / length follow Marchenko and Pastur's law. Limits: none of 4,000
   * matrices of numpy's PCG64 came near them; see the document.
   */
  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void theSpectrumIsMarchenkoAndPasturs(Distribution distribution) {
    int count = 256;
    int length = 1024;
    double ratio = (double) count / length;
    double[][] gram = gram(new Basis(3, distribution, count, length));
    double[] eigenvalues =
        new EigenDecomposition(new Array2DRowRealMatrix(gram)).getRealEigenvalues();
    for (int i = 0; i < count; i++) {
      eigenvalues[i] /= length * distribution.variance();
    }
    Arrays.sort(eigenvalues);
    double lowest = Math.pow(1 - Math.sqrt(ratio), 2);
    double highest = Math.pow(1 + Math.sqrt(ratio), 2);
    double smallest = eigenvalues[0] / lowest;
    double largest = eigenvalues[count - 1] / highest;
    double distance = 0;
    for (int i = 0; i < count; i++) {
      double expected = marchenkoPastur(eigenvalues[i], ratio, lowest, highest);
      distance = Math.max(distance, Math.abs(expected - (i + 0.5) / count));
    }
    assertTrue(0.90 < smallest && smallest < 1.16, "smallest eigenvalue / edge " + smallest);
    assertTrue(0.93 < largest && largest < 1.06, "largest eigenvalue / edge " + largest);
    assertTrue(distance < 0.02, "distance of the distributions " + distance);
    SpecificationDocument.assertHolds(
        List.of(
            String.format(
                Locale.ROOT,
                "| %s | %.3f | %.3f | %.4f |",
                ElementStatisticsTest.name(distribution),
                smallest,
                largest,
                distance)));
  }

  /** The distribution function at x: the density integrated over x = middle - radius cos t. */
  private static double marchenkoPastur(double x, double ratio, double lowest, double highest) {
    double middle = (highest + lowest) / 2;
    double radius = (highest - lowest) / 2;
    double end = Math.acos(Math.max(-1, Math.min(1, (middle - x) / radius)));
    int steps = 2000;
    double sum = 0;
    for (int s = 0; s < steps; s++) {
      double t = (s + 0.5) / steps * end;
      double root = radius * Math.sin(t);
      sum += root * root / (2 * Math.PI * ratio * (middle - radius * Math.cos(t)));
    }
    return sum * end / steps;
  }

  private static void addCorrelation(
      Evidence evidence,
      float[] a,
      float[] b,
      Distribution distributionA,
      Distribution distributionB) {
    evidence.addSum(
        Vectors.dot(a, b), a.length, distributionA.variance() * distributionB.variance());
  }

  private static double[][] gram(Basis basis) {
    float[][] vectors = vectors(basis);
    double[][] gram = new double[basis.count()][basis.count()];
    for (int i = 0; i < basis.count(); i++) {
      for (int j = 0; j <= i; j++) {
        gram[i][j] = Vectors.dot(vectors[i], vectors[j]);
        gram[j][i] = gram[i][j];
      }
    }
    return gram;
  }

  private static float[][] vectors(Basis basis) {
    float[][] vectors = new float[basis.count()][];
    Arrays.setAll(vectors, basis::vector);
    return vectors;
  }
}
