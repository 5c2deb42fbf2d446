// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nola4j.basis.VirtualMachine.VECTOR_MODULE;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sizes at which a stored basis would not fit. */
@Tag("slow")
class LargeBasisTest {
  private final Random random = new Random(9);

  /** 12 GiB of elements, more than an int can count. */
  @Test
  void threeThousandMillionElementsAreMixedAndProjected() {
    Basis basis = new Basis(2, Distribution.UNIFORM, 3_000_000, 1024);
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
  @Test
  void aCallAllocatesFarLessThanTheBasis() throws Exception {
    String lines = VirtualMachine.run(AllocationProbe.class, List.of(VECTOR_MODULE));
    for (Distribution distribution : Distribution.values()) {
      assertTrue(lines.contains("plain " + distribution + ": few, "), lines);
    }
    assertFalse(lines.contains(": many, "), lines);
  }
}
