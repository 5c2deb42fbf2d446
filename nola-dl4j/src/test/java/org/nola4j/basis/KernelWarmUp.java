// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Repeats long kernel calls from a cold start and compares them: run by {@link
 * KernelCompilationTest}. A call is still running while the JIT compiler replaces the code it runs
 * in, first inside its loops, then as a whole; every version must give the same bits.
 */
final class KernelWarmUp {
  private static final int CALLS = 6;

  private KernelWarmUp() {}

  /** Takes the distribution, and lets the fastest kernel begin: a machine is cold only once. */
  public static void main(String[] arguments) {
    Distribution distribution = Distribution.valueOf(arguments[0]);
    Basis basis = new Basis(7, distribution, 1f, 108_000, 300);
    Random random = new Random(2);
    float[] coefficients = Vectors.gaussians(random, basis.count());
    float[] gradient = Vectors.gaussians(random, basis.length());
    List<BasisKernel> kernels = new ArrayList<>(BasisKernels.available(1));
    Collections.reverse(kernels);
    for (BasisKernel kernel : kernels) {
      float[][] projections = new float[CALLS][basis.count()];
      for (float[] projection : projections) {
        kernel.project(basis, gradient, projection);
      }
      float[][] mixes = new float[CALLS][basis.length()];
      for (float[] mix : mixes) {
        kernel.mix(basis, coefficients, mix);
      }
      float[][] more = new float[CALLS][basis.count()];
      kernel.project(basis, Collections.nCopies(CALLS, gradient), List.of(more));
      float[][] moreMixes = new float[CALLS][basis.length()];
      kernel.mix(basis, Collections.nCopies(CALLS, coefficients), List.of(moreMixes));
      System.out.printf(
          "%08x %08x %s%n",
          Arrays.hashCode(mixes[0]),
          Arrays.hashCode(projections[0]),
          equal(projections, projections)
                  && equal(mixes, mixes)
                  && equal(projections, more)
                  && equal(mixes, moreMixes)
              ? "in all calls"
              : "differs between calls");
    }
  }

  private static boolean equal(float[][] expected, float[][] results) {
    return Arrays.stream(results).allMatch(result -> Arrays.equals(result, expected[0]));
  }
}
