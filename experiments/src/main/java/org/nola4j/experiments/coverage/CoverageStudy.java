// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.nola4j.basis.Seeds;
import org.nola4j.experiments.common.UserException;
import org.nola4j.reparameterization.WeightShape;

/**
 * The parameters of the measurement of figure 2.
 *
 * @param sizes the d of d x d weights, 1 to {@value #LARGEST}; time grows as d^6
 * @param counts the numbers n of trained numbers, at least 2
 * @param rank NOLA's r, at most the smallest d; the closed form does not depend on it
 * @param samples weights per point, more than d^2; 0 for 1.25 d^2 + 1
 * @param seed seed of bases and coefficients
 * @param tolerance singular values below this fraction of the largest count as zero
 */
public record CoverageStudy(
    List<Integer> sizes, List<Integer> counts, int rank, int samples, long seed, double tolerance) {

  /** At this size, a point takes minutes and about 500 MB. */
  public static final int LARGEST = 64;

  /** Half a gigabyte. */
  private static final long MOST_ELEMENTS = 1L << 26;

  /**
   * Sorts and checks everything.
   *
   * @throws UserException naming the command's option
   */
  public CoverageStudy {
    sizes = sizes.stream().distinct().sorted().toList();
    counts = counts.stream().distinct().sorted().toList();
    int smallest = sizes.get(0);
    int largest = sizes.get(sizes.size() - 1);
    long elements = (long) largest * largest;
    require(smallest >= 1 && largest <= LARGEST, "--d must be 1 to " + LARGEST, sizes);
    require(counts.get(0) >= 2, "--n must be at least 2, one for A and one for B", counts);
    require(rank >= 1 && rank <= smallest, "--rank must be 1 to the smallest d, " + smallest, rank);
    require(
        samples == 0 || samples > elements,
        "--samples must be more than d^2 = " + elements + ", or they cannot span it",
        samples);
    require(
        samples * elements <= MOST_ELEMENTS,
        "--samples must be at most " + MOST_ELEMENTS / elements + " of this size",
        samples);
    require(tolerance > 0 && tolerance < 1, "--tolerance must be between 0 and 1", tolerance);
  }

  private static void require(boolean condition, String rule, Object found) {
    if (!condition) {
      throw new UserException("%s; found %s".formatted(rule, found));
    }
  }

  /** The number of points. */
  public int points() {
    return sizes.size() * counts.size() * Construction.values().length;
  }

  /** The number of samples for each point of a size. */
  public int samples(int d) {
    return samples == 0 ? d * d + d * d / 4 + 1 : samples;
  }

  /**
   * Measures all points.
   *
   * @param done called after each point
   * @return by size, then count, then construction
   */
  public List<CoveragePoint> run(Consumer<CoveragePoint> done) {
    List<CoveragePoint> points = new ArrayList<>();
    for (int d : sizes) {
      for (int n : counts) {
        for (Construction construction : Construction.values()) {
          CoveragePoint point = measure(construction, d, n);
          done.accept(point);
          points.add(point);
        }
      }
    }
    return points;
  }

  private CoveragePoint measure(Construction construction, int d, int n) {
    var method = construction.method(n, rank).factorize(new WeightShape(d, d, d), seed);
    long coefficients = Seeds.derive(seed, "coefficients");
    int dimension = Subspace.dimension(method, samples(d), coefficients, tolerance);
    return new CoveragePoint(construction, d, n, dimension, construction.closedForm(d, n, rank));
  }
}
