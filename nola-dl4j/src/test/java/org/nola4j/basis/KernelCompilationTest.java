// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.nola4j.basis.VirtualMachine.VECTOR_MODULE;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The kernels give the same bits before, while and after they are compiled. What the compiler does
 * depends on when it does it, so several virtual machines try: the error that this guards against
 * struck about every second one.
 */
@Tag("slow")
class KernelCompilationTest {
  private static final int MACHINES = 4;

  @ParameterizedTest
  @EnumSource
  void sameBitsWhateverTheCompilerDoes(Distribution distribution) throws Exception {
    for (int machine = 0; machine < MACHINES; machine++) {
      String tiered = machine % 2 == 0 ? "-XX:-TieredCompilation" : "-XX:+TieredCompilation";
      String output =
          VirtualMachine.run(
              KernelWarmUp.class, List.of(VECTOR_MODULE, tiered), distribution.name());
      List<String> results = output.lines().filter(line -> line.contains(" calls")).toList();
      assertEquals(BasisKernels.available().size(), results.size(), output);
      assertEquals(1, results.stream().distinct().count(), output);
    }
  }
}
