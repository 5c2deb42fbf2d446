// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StepProgressTest {
  @Test
  void logHasALineAnInterval() {
    assertEquals("work: 1 of 3\nwork: 2 of 3\n", log(Duration.ZERO));
    assertEquals("", log(Duration.ofHours(1)));
  }

  private static String log(Duration interval) {
    StringWriter text = new StringWriter();
    try (StepProgress steps = new StepProgress("work", 3, null, new PrintWriter(text), interval)) {
      steps.step();
      steps.step();
    }
    return text.toString();
  }
}
