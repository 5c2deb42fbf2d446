// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Run;

/** Trains an epoch, or the rest of one, and optionally measures the network after it. */
final class EpochTrainer {
  private final RunId id;
  private final PartialEpoch begun;
  private final ProgressListener progress;
  private final CheckpointWriter checkpoints;
  private final StopSignal stop;
  private final boolean measured;

  private final List<Double> millis;
  private long examples;
  private double lossSum;
  private long lastAt;

  /**
   * Creates a trainer for one epoch.
   *
   * @param measured whether the test accuracy is measured after it
   */
  EpochTrainer(
      RunId id,
      PartialEpoch begun,
      ProgressListener progress,
      CheckpointWriter checkpoints,
      StopSignal stop,
      boolean measured) {
    this.id = id;
    this.begun = begun;
    this.progress = progress;
    this.checkpoints = checkpoints;
    this.stop = stop;
    this.measured = measured;
    millis = new ArrayList<>(begun.millis());
    examples = begun.examples();
    lossSum = begun.lossSum();
  }

  @SuppressWarnings("try") // Only opened to be closed.
  EpochResult train(Run run) throws IOException {
    lastAt = System.nanoTime();
    try (StopSignal.Hold steps = stop.hold()) {
      run.trainEpoch(begun.epoch(), begun.batches(), this::batchDone);
      checkpoints.afterSteps(soFar(), measured);
    }
    double[] steps = millis.stream().mapToDouble(Double::doubleValue).toArray();
    double seconds = 0;
    for (double step : steps) {
      seconds += step * 1e-3;
    }
    return new EpochResult(
        begun.epoch(),
        lossSum / examples,
        measured ? testAccuracy(run) : null,
        seconds,
        Median.of(steps),
        measured ? run.testLoss() : null);
  }

  private Double testAccuracy(Run run) {
    progress.measuring();
    return run.testAccuracy();
  }

  private void batchDone(int batchExamples, double loss) throws IOException {
    if (!Double.isFinite(loss)) {
      throw new DivergedException(id, begun.epoch(), loss);
    }
    millis.add((System.nanoTime() - lastAt) * 1e-6);
    examples += batchExamples;
    lossSum += batchExamples * loss;
    progress.batchDone(loss);
    checkpoints.afterStep(this::soFar);
    // The time for screen and disk does not count.
    lastAt = System.nanoTime();
  }

  private PartialEpoch soFar() {
    return new PartialEpoch(begun.epoch(), millis.size(), examples, lossSum, millis);
  }
}
