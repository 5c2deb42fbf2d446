// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Scores of one kind of statistic, each standard normal if the generator is as good as independent
 * draws.
 *
 * <p>Two things can be wrong with them: one is too large (a defect somewhere), or all are a little
 * too large or too small (a defect everywhere). Each of the two limits is passed by ideal random
 * numbers with probability {@value #FALSE_ALARM}.
 */
final class Evidence {
  private static final double FALSE_ALARM = 1e-6;
  private static final NormalDistribution NORMAL = new NormalDistribution();

  /** Small, neighboring, extreme, and special to the generator's own constants. */
  static final long[] SEEDS = {
    0, 1, 2, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0x9E3779B97F4A7C15L, 20240507
  };

  private final double[] scores;
  private int count;

  /** Room for {@code scores} scores. */
  Evidence(int scores) {
    this.scores = new double[scores];
  }

  void add(double score) {
    scores[count++] = score;
  }

  /** Adds the score of {@code sum}, a sum of n numbers of mean zero and the given variance. */
  void addSum(double sum, double n, double variance) {
    add(sum / Math.sqrt(n * variance));
  }

  /** Adds the score of {@code ones} successes in n fair coin flips. */
  void addFlips(long ones, double n) {
    add((2 * ones - n) / Math.sqrt(n));
  }

  /** Asserts both limits, and that the document's table of evidence says what was measured. */
  void assertNormal(String statistic, String sample) {
    assertTrue(count == scores.length, () -> statistic + ": " + count + " of " + scores.length);
    double largest = Arrays.stream(scores).map(Math::abs).max().orElseThrow();
    double largestAllowed = -NORMAL.inverseCumulativeProbability(FALSE_ALARM / 2 / count);
    double meanSquare = Arrays.stream(scores).map(z -> z * z).sum() / count;
    double low = chiSquareQuantile(FALSE_ALARM / 2) / count;
    double high = chiSquareQuantile(1 - FALSE_ALARM / 2) / count;
    assertAll(
        () ->
            assertTrue(
                largest <= largestAllowed,
                () -> statistic + ": |z| = " + largest + ", allowed " + largestAllowed),
        () ->
            assertTrue(
                low <= meanSquare && meanSquare <= high,
                () -> statistic + ": mean z^2 = " + meanSquare + ", allowed " + low + ".." + high));
    SpecificationDocument.assertHolds(
        List.of(
            String.format(
                Locale.ROOT,
                "| %s | %s | %d | %.2f | %.2f | %.3f | %.3f - %.3f |",
                statistic,
                sample,
                count,
                largest,
                largestAllowed,
                meanSquare,
                low,
                high)));
  }

  /** The Wilson-Hilferty approximation. */
  private double chiSquareQuantile(double probability) {
    double root =
        1
            - 2.0 / (9.0 * count)
            + NORMAL.inverseCumulativeProbability(probability) * Math.sqrt(2.0 / (9.0 * count));
    return count * root * root * root;
  }

  /** The score of a chi-square statistic by the same approximation. */
  static double chiSquareScore(double chiSquare, int degreesOfFreedom) {
    double variance = 2.0 / (9.0 * degreesOfFreedom);
    return (Math.cbrt(chiSquare / degreesOfFreedom) - (1 - variance)) / Math.sqrt(variance);
  }
}
