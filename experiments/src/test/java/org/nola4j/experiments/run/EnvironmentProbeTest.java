// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.results.Environment;
import org.nola4j.experiments.spi.Engine;

class EnvironmentProbeTest {
  @Test
  void everythingIsKnown() {
    Environment environment =
        EnvironmentProbe.probe(new Engine("backend", "kernel", 3, "Spark 1, local[2]"), List.of());
    assertEquals("backend", environment.backend());
    assertEquals("kernel", environment.kernel());
    assertEquals("Spark 1, local[2]", environment.cluster());
    assertFalse(environment.cpuModel().isEmpty());
    assertTrue(environment.cpuCount() > 0);
    assertTrue(environment.java().contains(System.getProperty("java.runtime.version")));
    assertTrue(Instant.parse(environment.date()).isAfter(Instant.EPOCH));
  }

  @Test
  void versionsAreFilledInByTheBuild() {
    assertTrue(
        EnvironmentProbe.libraryVersion()
            .matches("nola-dl4j \\d+\\.\\d+.*, Deeplearning4j \\d+\\.\\d+.*"),
        EnvironmentProbe.libraryVersion());
  }
}
