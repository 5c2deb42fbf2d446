// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ReaderSoakTest {
  private static final int FILES = 2000;

  @TempDir private Path folder;

  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    ReaderSoak.Outcome outcome = new ReaderSoak(Subjects.in(folder), 7).run(FILES);
    assertEquals(List.of(), outcome.failures());
    // Without such figures the files would be too harmless, or too broken to reach anything.
    assertTrue(outcome.refused() > FILES / 2 && outcome.refused() < FILES, outcome::toString);
  }
}
