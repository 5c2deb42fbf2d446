// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputFilesTest {
  @Test
  void chartsThatCannotBeDrawnAreAnExtraButAFullDiskIsNot() throws IOException {
    List<String> notes = new ArrayList<>();
    assertTrue(OutputFiles.draw(() -> {}, notes::add));
    assertEquals(List.of(), notes);
    boolean drawn =
        OutputFiles.draw(
            () -> {
              throw new InternalError("no font is there");
            },
            notes::add);
    assertFalse(drawn);
    assertEquals(List.of("no charts: no font is there (does this machine have fonts?)"), notes);
    assertThrows(
        IOException.class,
        () ->
            OutputFiles.draw(
                () -> {
                  throw new IOException("disk full");
                },
                notes::add));
  }
}
