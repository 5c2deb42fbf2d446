// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.List;
import org.nola4j.internal.basis.Checks;

/**
 * Multiplies with a {@link Basis} without storing it.
 *
 * <p>All implementations give the same bits for the same arguments, with any number of threads: the
 * order of summation is part of the specification ({@code docs/basis-v1.md}, {@code
 * docs/basis-v2.md}). They are thread-safe and keep no state but scratch of a few tens of KiB per
 * thread, 16 KiB more per vector of the largest call so far, and 8 bytes for each coefficient of
 * the largest {@link Distribution#HADAMARD} basis. {@code mix} and {@code project} each generate
 * {@code basis.elements()} elements of an unstructured basis and use each in one multiplication and
 * one addition per vector. Beyond that scratch, neither allocates more than O(count) per vector
 * and, under structured distributions, per thread.
 */
public interface BasisKernel {
  /** A short name for logs and results: {@code plain}, {@code vector-256}. */
  String name();

  /**
   * The linear combination {@code out = sum_i coefficients[i] * u_i}.
   *
   * @param coefficients {@code basis.count()} numbers
   * @param out receives {@code basis.length()} numbers, overwritten
   * @throws IllegalArgumentException if a length does not match
   */
  void mix(Basis basis, float[] coefficients, float[] out);

  /**
   * The transpose: {@code out[i] = <u_i, gradient>}, which is dL/dc_i when {@code gradient} is
   * dL/d(mix).
   *
   * @param gradient {@code basis.length()} numbers
   * @param out receives {@code basis.count()} numbers, overwritten
   * @throws IllegalArgumentException if a length does not match
   */
  void project(Basis basis, float[] gradient, float[] out);

  /**
   * {@link #mix(Basis, float[], float[])} for several vectors of coefficients: the same bits as
   * that many calls, with each element generated once.
   *
   * @param coefficients any number of arrays of {@code basis.count()} numbers
   * @param out as many different arrays of {@code basis.length()} numbers, overwritten
   * @throws IllegalArgumentException if a length or the number of arrays does not match
   */
  default void mix(Basis basis, List<float[]> coefficients, List<float[]> out) {
    Checks.sizes(basis.count(), basis.length(), coefficients, out, "coefficients", "out");
    for (int v = 0; v < out.size(); v++) {
      mix(basis, coefficients.get(v), out.get(v));
    }
  }

  /**
   * {@link #project(Basis, float[], float[])} for several gradients: the same bits as that many
   * calls, with each element generated once.
   *
   * @param gradients any number of arrays of {@code basis.length()} numbers
   * @param out as many different arrays of {@code basis.count()} numbers, overwritten
   * @throws IllegalArgumentException if a length or the number of arrays does not match
   */
  default void project(Basis basis, List<float[]> gradients, List<float[]> out) {
    Checks.sizes(basis.count(), basis.length(), out, gradients, "out", "gradient");
    for (int v = 0; v < out.size(); v++) {
      project(basis, gradients.get(v), out.get(v));
    }
  }

  /**
   * One vector of a basis, by generating that vector alone.
   *
   * @throws IndexOutOfBoundsException if there is no such vector
   */
  default float[] vector(Basis basis, int index) {
    if (basis.count() > 1 || index != 0) {
      return basis.vector(index);
    }
    float[] out = new float[basis.length()];
    mix(basis, new float[] {1f}, out); // exact, and several times faster
    return out;
  }

  /**
   * {@link #mix(Basis, float[], float[])} in double precision, on one thread: for gradient checks.
   */
  default void mix(Basis basis, double[] coefficients, double[] out) {
    ReferenceKernel.mix(basis, coefficients, out);
  }

  /**
   * {@link #project(Basis, float[], float[])} in double precision, on one thread: for gradient
   * checks.
   */
  default void project(Basis basis, double[] gradient, double[] out) {
    ReferenceKernel.project(basis, gradient, out);
  }
}
