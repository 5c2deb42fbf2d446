// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.nola4j.basis.Seeds;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.Initial;

/**
 * The subspace spanned by a method's weights, found by sampling weights with random normal
 * coefficients in double precision.
 */
final class Subspace {
  private Subspace() {}

  /**
   * The rank of the covariance of {@code samples} weights: singular values of the centered samples
   * above {@code tolerance} times the largest.
   *
   * <p>Memory: 8 * samples * rows * columns bytes; time: about 4 * samples * (rows * columns)^2
   * multiplications.
   *
   * @param samples limits the measurable dimension to one less
   * @param seed seed of the coefficients; the factorization has its own for the bases
   */
  static int dimension(Factorization method, int samples, long seed, double tolerance) {
    DMatrixRMaj weights = new DMatrixRMaj(samples, method.shape().elements());
    for (int sample = 0; sample < samples; sample++) {
      double[] weight = weight(method, Seeds.derive(seed, sample));
      System.arraycopy(weight, 0, weights.data, sample * weight.length, weight.length);
    }
    center(weights);
    double[] values = singularValues(weights);
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, value);
    }
    int dimension = 0;
    for (double value : values) {
      dimension += value > tolerance * largest ? 1 : 0;
    }
    return dimension;
  }

  /** W - W0 for random coefficients. */
  private static double[] weight(Factorization method, long seed) {
    List<Factor> factors = method.factors();
    DMatrixRMaj product = factor(factors.get(0), Seeds.derive(seed, 0));
    if (method.isLowRank()) {
      DMatrixRMaj second = factor(factors.get(1), Seeds.derive(seed, 1));
      product = CommonOps_DDRM.mult(method.scale(), product, second, null);
    }
    return product.data;
  }

  private static DMatrixRMaj factor(Factor factor, long seed) {
    Initial normal = Initial.normal(seed, 1);
    double[] coefficients = new double[factor.map().parameters()];
    for (int i = 0; i < coefficients.length; i++) {
      coefficients[i] = normal.at(i);
    }
    double[] elements = new double[factor.elements()];
    factor.expand(coefficients, elements);
    return DMatrixRMaj.wrap(factor.rows(), factor.columns(), elements);
  }

  private static void center(DMatrixRMaj samples) {
    DMatrixRMaj means = CommonOps_DDRM.sumCols(samples, null);
    CommonOps_DDRM.divide(means, samples.numRows);
    for (int row = 0; row < samples.numRows; row++) {
      for (int column = 0; column < samples.numCols; column++) {
        samples.data[row * samples.numCols + column] -= means.data[column];
      }
    }
  }

  private static double[] singularValues(DMatrixRMaj matrix) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(matrix.numRows, matrix.numCols, false, false, true);
    if (!svd.decompose(matrix)) {
      throw new IllegalStateException(
          "the singular value decomposition of %d samples of %d elements did not converge"
              .formatted(matrix.numRows, matrix.numCols));
    }
    return svd.getSingularValues();
  }
}
