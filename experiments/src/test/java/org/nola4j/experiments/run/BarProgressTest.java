// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Step;

/** {@link BarProgress}: what a bar says last. */
class BarProgressTest {
  private static final int EPOCHS = 3;
  private static final int BATCHES = 4;

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final BarProgress progress =
      new BarProgress(new PrintStream(screen, true, StandardCharsets.UTF_8), 1);

  @Test
  void lossAndAccuracyStandBesideTheEpochs() {
    start();
    progress.batchDone(1.25);
    progress.epochDone(new EpochResult(1, 1.25, 0.5, 1.0, 1.0, null));
    progress.batchDone(1.125);
    String last = last();
    assertTrue(last.contains("loss 1.1250, test acc"), last);
    assertFalse(last.contains("measuring"), last);
  }

  @Test
  void saysThatTheNetworkIsMeasured() {
    start();
    progress.batchDone(1.25);
    progress.measuring();
    String last = last();
    assertTrue(last.contains("measuring"), last);
  }

  private void start() {
    progress.started(new RunId("mnist", "nola", 1), 0, 0, EPOCHS, BATCHES, Step.BATCH);
  }

  /** The bar as it stays on the screen. */
  private String last() {
    progress.closed();
    String[] bars = screen.toString(StandardCharsets.UTF_8).strip().split("\r", -1);
    return bars[bars.length - 1];
  }
}
