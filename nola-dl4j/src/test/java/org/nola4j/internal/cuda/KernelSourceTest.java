// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What NVIDIA's own compilers make of the kernels' text, where they are. */
@Tag("slow")
class KernelSourceTest {
  private static final int KERNELS = 21;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_90"})
  void nvccAndPtxasMakeKernelsThatStayInRegisters(String architecture) throws Exception {
    assumeTrue(Tools.found("nvcc") && Tools.found("ptxas"), "needs nvcc and ptxas of CUDA");
    Path ptx = compile();
    String report =
        Tools.run(folder, "ptxas -v -arch=" + architecture + " -o kernels.cubin " + ptx);
    List<String> memory =
        report
            .lines()
            .filter(line -> line.contains("bytes stack frame"))
            .map(String::strip)
            .toList();
    assertEquals(KERNELS, memory.size(), report);
    memory.forEach(
        line ->
            assertEquals(
                "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", line, report));
    Matcher registers = Pattern.compile("Used (\\d+) registers").matcher(report);
    while (registers.find()) {
      // 128 threads a block, 16 blocks of 65,536 registers: half of all threads at least
      assertTrue(Integer.parseInt(registers.group(1)) <= 64, report);
    }
  }

  /** Nothing fused, nothing in local memory, nothing converted between integers and floats. */
  @Test
  void nvccsCodeHasNoInstructionThatRoundsOtherwise() throws Exception {
    assumeTrue(Tools.found("nvcc"), "needs nvcc of CUDA");
    String ptx = Files.readString(compile());
    for (String instruction :
        List.of("fma.", "mad.rn", ".ftz", ".approx", "ld.local", "st.local")) {
      assertFalse(ptx.contains(instruction), instruction);
    }
    assertFalse(Pattern.compile("cvt\\.rn\\.f32\\.[su]").matcher(ptx).find());
    assertTrue(ptx.contains("add.rn.f32"));
  }

  @Test
  void nvrtcCompilesTheText() {
    byte[] ptx;
    try {
      ptx = new PtxCompiler(folder).compile(KernelSource.read(), "compute_80");
    } catch (LinkageError e) {
      assumeTrue(false, "needs NVRTC 11, CUDA's runtime and a driver: " + e.getMessage());
      return;
    }
    assertTrue(new String(ptx, java.nio.charset.StandardCharsets.UTF_8).contains("mix_uniform_4"));
  }

  private Path compile() throws Exception {
    Files.writeString(folder.resolve("basis.cu"), KernelSource.read());
    Tools.run(folder, "nvcc -ptx -arch=compute_80 -o basis.ptx basis.cu");
    return folder.resolve("basis.ptx");
  }
}
