// SPDX-License-Identifier: Apache-2.0
package org.example.vera;

import java.util.List;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernels;
import org.nola4j.reparameterization.LinearMap;

/**
 * A seeded matrix whose columns are multiplied by the trained numbers.
 *
 * @param basis its only vector has the matrix's elements
 * @param rows of the matrix
 * @param columns of the matrix
 * @param byColumn whether the basis has them column by column
 */
record ScaledColumns(Basis basis, int rows, int columns, boolean byColumn) implements LinearMap {
  @Override
  public int parameters() {
    return columns;
  }

  @Override
  public int elements() {
    return basis.length();
  }

  @Override
  public long generatedElements() {
    return basis.elements();
  }

  @Override
  public void expand(float[] parameters, float[] elements) {
    expand(List.of(parameters), List.of(elements));
  }

  @Override
  public void pullBack(float[] elementGradient, float[] parameterGradient) {
    pullBack(List.of(elementGradient), List.of(parameterGradient));
  }

  @Override
  public void expand(List<float[]> parameters, List<float[]> elements) {
    float[] matrix = matrix();
    for (int i = 0; i < elements.size(); i++) {
      for (int e = 0; e < matrix.length; e++) {
        elements.get(i)[e] = matrix[e] * parameters.get(i)[e % columns];
      }
    }
  }

  @Override
  public void pullBack(List<float[]> elementGradients, List<float[]> parameterGradients) {
    float[] matrix = matrix();
    for (int i = 0; i < parameterGradients.size(); i++) {
      double[] sums = new double[columns];
      for (int e = 0; e < matrix.length; e++) {
        sums[e % columns] += (double) matrix[e] * elementGradients.get(i)[e];
      }
      for (int j = 0; j < columns; j++) {
        parameterGradients.get(i)[j] = (float) sums[j];
      }
    }
  }

  @Override
  public void expand(double[] parameters, double[] elements) {
    float[] matrix = matrix();
    for (int e = 0; e < matrix.length; e++) {
      elements[e] = matrix[e] * parameters[e % columns];
    }
  }

  @Override
  public void pullBack(double[] elementGradient, double[] parameterGradient) {
    float[] matrix = matrix();
    java.util.Arrays.fill(parameterGradient, 0);
    for (int e = 0; e < matrix.length; e++) {
      parameterGradient[e % columns] += matrix[e] * elementGradient[e];
    }
  }

  /** Row by row. */
  private float[] matrix() {
    float[] generated = BasisKernels.active().vector(basis, 0);
    if (!byColumn) {
      return generated;
    }
    float[] matrix = new float[generated.length];
    for (int e = 0; e < matrix.length; e++) {
      matrix[e] = generated[e % columns * rows + e / columns];
    }
    return matrix;
  }
}
