// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;

/**
 * Runs every benchmark once: run by {@link CudaKernelTest} where the libraries of a stand-in are.
 */
final class BenchmarkProbe {
  private BenchmarkProbe() {}

  public static void main(String[] arguments) throws Exception {
    try (CudaBenchmark benchmark = CudaBenchmark.open()) {
      System.out.println(benchmark.kernel() + ": " + benchmark.device());
      for (Distribution distribution : Distribution.values()) {
        benchmark.mix(new Basis(1, distribution, 30, 500), 2).run();
        benchmark.project(new Basis(1, distribution, 30, 500), 2).run();
      }
      benchmark.mixStored(true, 20, 500, 2).run();
      benchmark.mixStored(false, 20, 500, 2).run();
      System.out.println("all run");
    }
  }
}
