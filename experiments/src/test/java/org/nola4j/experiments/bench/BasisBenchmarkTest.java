// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.spi.BenchmarkSettings;

@Tag("slow")
class BasisBenchmarkTest {
  @Test
  void oneKernelIsMeasuredWhereOneIsNamed() {
    Table table = new BasisBenchmark().run(settings(Map.of("--kernel", List.of("plain"))));
    String csv = TableFormat.CSV.render(table);
    assertTrue(csv.contains("plain,uniform,mix,1,1,"), csv);
    assertTrue(csv.contains("stored float32,,mix,1,1,"), csv);
    assertEquals(0, csv.lines().filter(line -> line.startsWith("vector")).count(), csv);
  }

  @Test
  void unknownKernelsAreRefused() {
    assertTrue(
        refusal("turbo").matches("--kernel must be one of \\[plain.*] or cuda.*, was turbo"));
  }

  /** Builds without a profile for GPUs have no bindings for one. */
  @Test
  void withoutItsBindingsTheGpuIsNotMeasured() {
    assertEquals(
        "the kernel cuda is not available: org.bytedeco:cuda is not on the class path; builds with"
            + " -Pcuda or -Pcuda-kernels have it",
        refusal("cuda"));
  }

  @Test
  void layersAreNotMeasuredOnAGpu() {
    assertEquals(
        "--layers does not apply to --kernel cuda; leave it out",
        assertThrows(
                UserException.class,
                () ->
                    new BasisBenchmark()
                        .run(
                            settings(
                                Map.of("--kernel", List.of("cuda"), "--layers", List.of("2")))))
            .getMessage());
  }

  private static String refusal(String kernel) {
    return assertThrows(
            UserException.class,
            () -> new BasisBenchmark().run(settings(Map.of("--kernel", List.of(kernel)))))
        .getMessage();
  }

  private static BenchmarkSettings settings(Map<String, List<String>> options) {
    return new BenchmarkSettings(0.01, options);
  }
}
