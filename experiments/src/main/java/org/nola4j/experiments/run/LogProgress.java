// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Step;

/** Shows progress as log lines at the start of a run, every few seconds, and at its end. */
final class LogProgress implements ProgressListener {
  private final PrintWriter out;
  private final RunCounter counter;
  private final Duration interval;

  private String heading;
  private int epochs;
  private int batchesPerEpoch;
  private Step step;
  private long batchesBefore;
  private long batchesDone;
  private String accuracy;
  private long startedAt;
  private long shownAt;

  LogProgress(PrintWriter out, int runs, Duration interval) {
    this.out = out;
    this.counter = new RunCounter(runs);
    this.interval = interval;
  }

  @Override
  public void started(
      RunId id, int epochsDone, int batchesDoneBefore, int allEpochs, int perEpoch, Step unit) {
    heading = counter.next(id);
    epochs = allEpochs;
    batchesPerEpoch = perEpoch;
    step = unit;
    batchesBefore = (long) epochsDone * perEpoch + batchesDoneBefore;
    batchesDone = batchesBefore;
    accuracy = "";
    startedAt = System.nanoTime();
    shownAt = startedAt;
    line(
        "%s: %,d epochs of %,d %s%s",
        heading,
        epochs,
        perEpoch,
        step.many(),
        batchesBefore > 0 ? from(epochsDone, batchesDoneBefore) : "");
  }

  private String from(int epochsDone, int batchesDone) {
    return batchesDone > 0
        ? ", resuming in epoch %d after %s %d".formatted(epochsDone + 1, step.one(), batchesDone)
        : ", resuming after epoch " + epochsDone;
  }

  @Override
  public void batchDone(double loss) {
    batchesDone++;
    long now = System.nanoTime();
    if (now - shownAt >= interval.toNanos()) {
      shownAt = now;
      long epoch = (batchesDone - 1) / batchesPerEpoch + 1;
      String left = ProgressText.duration(secondsLeft(now));
      line("%s: epoch %d/%d, loss %.4f%s, %s left", heading, epoch, epochs, loss, accuracy, left);
    }
  }

  @Override
  public void epochDone(EpochResult epoch) {
    accuracy = ProgressText.accuracy(epoch);
  }

  @Override
  public void finished(ExperimentResult result) {
    line(
        "%s: done, loss %.4f, test accuracy %.2f %%, %s, %.2f ms per %s",
        heading,
        result.finalMetrics().trainLoss(),
        100 * result.finalMetrics().testAccuracy(),
        ProgressText.duration(result.timing().secondsTotal()),
        result.timing().millisPerBatchMedian(),
        step.one());
  }

  private double secondsLeft(long now) {
    double secondsPerBatch = (now - startedAt) * 1e-9 / (batchesDone - batchesBefore);
    return secondsPerBatch * ((long) epochs * batchesPerEpoch - batchesDone);
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
