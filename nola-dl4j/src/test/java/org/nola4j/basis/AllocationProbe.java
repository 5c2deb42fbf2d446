// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.List;
import java.util.Random;

/**
 * Prints a line for each kernel and distribution whose calls still allocate after JIT compilation.
 * Runs in a virtual machine of its own: what the compiler inlines depends on all that ran before.
 */
final class AllocationProbe {
  private static final long MEBIBYTE = 1 << 20;
  private static final int CALLS = 60;

  private final Random random = new Random(9);

  public static void main(String[] arguments) {
    for (BasisKernel kernel : BasisKernels.available()) {
      for (Distribution distribution : Distribution.values()) {
        new AllocationProbe().print(kernel, distribution);
      }
    }
  }

  private void print(BasisKernel kernel, Distribution distribution) {
    Basis basis = new Basis(3, distribution, 2000, 1536 * 64);
    List<float[]> coefficients = List.of(gaussians(basis.count()), gaussians(basis.count()));
    List<float[]> mix = List.of(new float[basis.length()], new float[basis.length()]);
    List<float[]> project = List.of(new float[basis.count()], new float[basis.count()]);
    long[] least = {Long.MAX_VALUE, Long.MAX_VALUE};
    for (int call = 0; call < CALLS && !isSmall(least); call++) {
      for (int results = 1; results <= 2; results++) {
        long before = allocated();
        kernel.mix(basis, coefficients.subList(0, results), mix.subList(0, results));
        kernel.project(basis, mix.subList(0, results), project.subList(0, results));
        least[results - 1] = Math.min(least[results - 1], allocated() - before);
      }
    }
    System.out.printf(
        "%s %s: %s, %d and %d bytes for 1 and 2 results%n",
        kernel.name(), distribution, isSmall(least) ? "few" : "many", least[0], least[1]);
  }

  private static boolean isSmall(long[] bytes) {
    return bytes[0] < 16 * MEBIBYTE && bytes[1] < 32 * MEBIBYTE;
  }

  private float[] gaussians(int count) {
    return Vectors.gaussians(random, count);
  }

  /** Bytes that this thread and the kernels' pool have allocated so far. */
  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().equals("nola4j-kernel")) {
        bytes += Math.max(0, threads.getThreadAllocatedBytes(thread.getThreadId()));
      }
    }
    return bytes;
  }
}
