// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class QuietStandardOutTest {
  private final ByteArrayOutputStream real = new ByteArrayOutputStream();
  private final PrintStream filter = QuietStandardOut.filter(real);

  @Test
  void exactlyTheNoiseIsDropped() {
    filter.println("before");
    filter.println("Added differentiated op mmul_3");
    filter.println("  Added differentiated op indented");
    filter.println("Added differentiated");
    filter.println("x ± y");
    assertEquals(
        lines("before", "  Added differentiated op indented", "Added differentiated", "x ± y"),
        text());
  }

  @Test
  void beginningOfALineIsShownAtOnceUnlessItMayBecomeNoise() {
    filter.print("50 %");
    filter.flush();
    assertEquals("50 %", text());
    filter.print("Added differentiated op in the middle of a line");
    filter.println();
    filter.print("Added diff");
    filter.flush();
    filter.println("erentiated op add");
    assertEquals(lines("50 %Added differentiated op in the middle of a line"), text());
  }

  private String text() {
    return real.toString(UTF_8);
  }

  private static String lines(String... lines) {
    return String.join(System.lineSeparator(), lines) + System.lineSeparator();
  }
}
