// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.BenchmarkSettings;

class GpuBenchmarkTest {
  @Test
  void aMachineWithoutAGpuIsToldWhatIsMissing() {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine has a GPU");
    String message =
        assertThrows(
                UserException.class,
                () -> new GpuBenchmark().run(new BenchmarkSettings(0.01, Map.of())))
            .getMessage();
    assertTrue(
        message.startsWith("the kernel cuda is not available: ") && message.contains("bytedeco"),
        message);
  }
}
