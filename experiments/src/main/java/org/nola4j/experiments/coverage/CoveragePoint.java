// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

/**
 * The dimension of the space of d x d weights covered by a construction.
 *
 * @param construction NOLA or PRANC
 * @param d rows and columns
 * @param n trained numbers
 * @param dimension measured dimension of the covered subspace
 * @param closedForm computed dimension of the covered subspace
 */
public record CoveragePoint(
    Construction construction, int d, int n, int dimension, long closedForm) {

  /** The measured dimension as a fraction of d^2: "percentage coverage" in the paper. */
  public double coverage() {
    return (double) dimension / (d * d);
  }

  /** The computed dimension as a fraction of d^2. */
  public double closedFormCoverage() {
    return (double) closedForm / (d * d);
  }

  /** Whether the whole space is covered. */
  public boolean full() {
    return dimension == d * d;
  }

  /** Whether the measured and the computed dimension are equal. */
  public boolean agrees() {
    return dimension == closedForm;
  }
}
