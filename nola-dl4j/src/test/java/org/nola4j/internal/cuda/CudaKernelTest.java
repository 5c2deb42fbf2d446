// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels' text and all Java about it, on a stand-in for a GPU that has no errors but ours. */
@Tag("slow")
class CudaKernelTest {
  private static final List<String> ASKED_FOR = List.of("-Dnola4j.kernel=cuda");

  private static StandIn standIn;

  @BeforeAll
  static void build(@TempDir Path folder) throws Exception {
    standIn = StandIn.build(folder);
  }

  /** Two multiprocessors are full of small shapes already, 132 are not. */
  @ParameterizedTest
  @ValueSource(ints = {132, 2})
  void theKernelsTextGivesTheBitsOfThePlainKernel(int multiprocessors) throws Exception {
    String output =
        standIn.run(
            CudaProbe.class.getName(),
            Map.of("STANDIN_MULTIPROCESSORS", Integer.toString(multiprocessors)),
            List.of(),
            "100");
    assertTrue(output.contains("kernel cuda-sm_90\n"), output);
    assertTrue(output.contains("\n689 shapes have the same bits\n"), output);
  }

  /** Grouped by shape: nine expansions and eight projections of five shapes, and an anchor. */
  @Test
  void networksOnTheDeviceTrainToTheBitsOfThoseOnTheHost() throws Exception {
    String output = standIn.run(DeviceTrainingProbe.class.getName(), Map.of(), List.of());
    assertTrue(output.contains("549 numbers have the same bits, 50 calls\n"), output);
  }

  @Test
  void whatIsCompiledIsKeptAndServesWhereNoCompilerIs() throws Exception {
    String first = choice(Map.of(), ASKED_FOR);
    assertTrue(first.contains("kernel cuda-sm_90\n"), first);
    assertTrue(
        first.contains("INFO basis kernel cuda-sm_90, as -Dnola4j.kernel=cuda asks\n"), first);
    try (Stream<Path> files = Files.list(standIn.cache())) {
      List<String> names = files.map(file -> file.getFileName().toString()).toList();
      assertEquals(1, names.size(), names::toString);
      assertTrue(names.get(0).matches("basis-[0-9a-f]{16}-compute_80\\.ptx"), names.get(0));
    }
    String again = choice(Map.of("STANDIN_FOLDER", "/nowhere"), ASKED_FOR);
    assertTrue(again.contains("kernel cuda-sm_90\n"), again);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "STANDIN_INIT | 100 | NVIDIA's driver finds nothing to work with:"
            + " CUDA_ERROR_NO_DEVICE (100, no CUDA-capable device is detected)",
        "STANDIN_CAPABILITY | 30 | the GPU Stand-in has compute capability 3.0, but the kernels"
            + " need 3.5 or more",
        "STANDIN_LOAD | 222 | the driver serves CUDA 11.4 and is too old for kernels compiled by"
            + " this NVRTC; a newer driver helps",
        "STANDIN_LOAD | 209 | CUDA could not load the kernels for Stand-in: CUDA_ERROR_OTHER (209,"
            + " something else)"
      })
  void whatIsWrongIsSaidAndAnotherKernelTaken(String setting, String value, String message)
      throws Exception {
    String output = choice(Map.of(setting, value), ASKED_FOR);
    assertTrue(
        output.contains(
            "WARN -Dnola4j.kernel=cuda is not available: " + message + "; using plain\n"),
        output);
    assertTrue(output.contains("kernel plain\n"), output);
  }

  @Test
  void withoutADriverTheMissingLibraryIsNamed() throws Exception {
    String output = choice(Map.of("LD_LIBRARY_PATH", "/nowhere"), ASKED_FOR);
    assumeFalse(output.contains("kernel cuda-"), "this machine has NVIDIA's libraries and a GPU");
    assertTrue(
        output.contains("WARN -Dnola4j.kernel=cuda is not available: a library is missing ("),
        output);
    assertTrue(output.contains("libcuda.so.1: cannot open shared object file"), output);
    assertTrue(output.contains("needed are org.bytedeco:cuda with its classifier"), output);
    assertTrue(output.contains("kernel plain\n"), output);
  }

  @Test
  void theGpuIsNotUsedUnasked() throws Exception {
    String output = choice(Map.of(), List.of());
    assertTrue(output.contains("kernel plain\n"), output);
  }

  @Test
  void benchmarksRun() throws Exception {
    String output = standIn.run(BenchmarkProbe.class.getName(), Map.of(), List.of());
    assertTrue(
        output.contains(
            "cuda-sm_90: Stand-in, 132 multiprocessors at 1.98 GHz, memory 3,352 GB/s\n"),
        output);
    assertTrue(output.contains("all run\n"), output);
  }

  private static String choice(Map<String, String> environment, List<String> flags)
      throws Exception {
    return standIn.run("org.nola4j.basis.KernelProbe", environment, flags);
  }
}
