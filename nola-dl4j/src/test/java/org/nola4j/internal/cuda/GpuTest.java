// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nola4j.basis.KernelUnavailableException;

/** On a real GPU, where there is one. */
@Tag("slow")
class GpuTest {
  @Test
  void theGpuGivesTheBitsOfThePlainKernelForAThousandShapes() throws Exception {
    try {
      CudaProvider.shared();
    } catch (KernelUnavailableException e) {
      abort("needs an NVIDIA GPU: " + e.getMessage());
    }
    CudaProbe.main(new String[] {"1000"});
  }
}
