// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.Arrays;
import org.nola4j.internal.basis.Checks;

/** The two operations in double precision, element by element as the definition says. */
final class ReferenceKernel {
  private ReferenceKernel() {}

  static void mix(Basis basis, double[] coefficients, double[] out) {
    Checks.sizes(
        basis.count(), basis.length(), coefficients.length, out.length, "coefficients", "out");
    Arrays.fill(out, 0);
    for (int i = 0; i < basis.count(); i++) {
      for (int e = 0; e < basis.length(); e++) {
        out[e] += coefficients[i] * basis.element(i, e);
      }
    }
  }

  static void project(Basis basis, double[] gradient, double[] out) {
    Checks.sizes(basis.count(), basis.length(), out.length, gradient.length, "out", "gradient");
    for (int i = 0; i < basis.count(); i++) {
      double sum = 0;
      for (int e = 0; e < basis.length(); e++) {
        sum += gradient[e] * basis.element(i, e);
      }
      out[i] = sum;
    }
  }
}
