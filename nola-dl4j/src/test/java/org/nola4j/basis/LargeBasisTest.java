// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes at which a stored basis would not fit. */
@Tag("slow")
class LargeBasisTest {
  private static final long MEBIBYTE = 1 << 20;

  /** A busy machine takes some calls until the compiler has come to all methods. */
  private static final int CALLS = 8;

  private final Random random = new Random(9);

  /** 12 GiB of elements, more than an int can count. */
  @Test
  void threeThousandMillionElementsAreMixedAndProjected() {
    Basis basis = new Basis(2, Law.UNIFORM, 3_000_000, 1024);
    BasisKernel kernel = BasisKernels.active();
    float[] coefficients = Vectors.gaussians(random, basis.count());
    float[] mix = new float[basis.length()];
    kernel.mix(basis, coefficients, mix);
    for (int e : new int[] {0, 511, 1023}) {
      assertEquals(BasisSpecification.mix(basis, coefficients, e), mix[e]);
    }
    float[] gradient = Vectors.gaussians(random, basis.length());
    float[] project = new float[basis.count()];
    kernel.project(basis, gradient, project);
    for (int i : new int[] {0, 2_097_151, 2_097_152, 2_999_999}) {
      assertEquals(BasisSpecification.project(basis, gradient, i), project[i]);
    }
  }

  /**
   * Vectors of the Vector API become objects where the JIT compiler meets a call, ten times as
   * slow: which it may where one result is computed before several, and both end in one method.
   */
  @ParameterizedTest
  @MethodSource("org.nola4j.basis.KernelAlgebraTest#kernelsAndLaws")
  void aCallAllocatesFarLessThanTheBasis(BasisKernel kernel, Law law) {
    Basis basis = new Basis(3, law, 2000, 1536 * 64);
    List<float[]> coefficients = List.of(gaussians(basis.count()), gaussians(basis.count()));
    List<float[]> out = List.of(new float[basis.length()], new float[basis.length()]);
    List<float[]> project = List.of(new float[basis.count()], new float[basis.count()]);
    long[] least = {Long.MAX_VALUE, Long.MAX_VALUE};
    for (int repeat = 0; repeat < CALLS && !isSmall(least); repeat++) {
      for (int results = 1; results <= 2; results++) {
        List<float[]> c = coefficients.subList(0, results);
        List<float[]> elements = out.subList(0, results);
        long before = allocated();
        kernel.mix(basis, c, elements);
        kernel.project(basis, elements, project.subList(0, results));
        least[results - 1] = Math.min(least[results - 1], allocated() - before);
      }
    }
    assertTrue(
        isSmall(least),
        () -> Arrays.toString(least) + " bytes for 1 and 2 results of " + kernel.name());
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
