// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

/**
 * How much of the space of d x d weights a construction covers.
 *
 * @param construction NOLA or PRANC
 * @param d rows and columns
 * @param n trained numbers
 * @param dimension of the covered subspace, as measured
 * @param closedForm the same as computed
 */
public record CoveragePoint(
    Construction construction, int d, int n, int dimension, long closedForm) {

  /** The measured dimension as a part of d^2: "percentage coverage" in the paper. */
  public double coverage() {
    return (double) dimension / (d * d);
  }

  /** The computed dimension as a part of d^2. */
  public double closedFormCoverage() {
    return (double) closedForm / (d * d);
  }

  /** Whether the whole space is covered. */
  public boolean full() {
    return dimension == d * d;
  }

  /** Whether the measured dimension is the computed one. */
  public boolean agrees() {
    return dimension == closedForm;
  }
}
