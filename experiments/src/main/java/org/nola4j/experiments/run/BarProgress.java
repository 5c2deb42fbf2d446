// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Step;

/** Shows progress as a bar per run, with epochs, elapsed and remaining time, loss, and accuracy. */
final class BarProgress implements ProgressListener {
  private final PrintStream screen;
  private final RunCounter counter;

  private ProgressBar bar;
  private String accuracy;

  BarProgress(PrintStream screen, int runs) {
    this.screen = screen;
    this.counter = new RunCounter(runs);
  }

  @Override
  public void started(
      RunId id, int epochsDone, int batchesDone, int epochs, int batchesPerEpoch, Step step) {
    accuracy = "";
    bar =
        new ProgressBarBuilder()
            .setTaskName(counter.next(id))
            .setInitialMax((long) epochs * batchesPerEpoch)
            .startsFrom((long) epochsDone * batchesPerEpoch + batchesDone, Duration.ZERO)
            .setUnit(" epochs", batchesPerEpoch)
            .setStyle(ProgressBarStyle.UNICODE_BLOCK)
            .setUpdateIntervalMillis(250)
            .setConsumer(new ConsoleProgressBarConsumer(screen))
            .build();
  }

  @Override
  public void batchDone(double loss) {
    bar.step();
    bar.setExtraMessage(String.format(Locale.ROOT, "loss %.4f%s", loss, accuracy));
  }

  @Override
  public void measuring() {
    bar.setExtraMessage(
        "measuring"); // Alone, because a terminal of 80 columns does not have room for more.
  }

  @Override
  public void epochDone(EpochResult epoch) {
    accuracy = ProgressText.accuracy(epoch);
  }

  @Override
  public void closed() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
