package org.nola4j.experiments.run;

import java.util.Arrays;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Run;

/** Trains one epoch and measures it. */
final class EpochTrainer {
  private final RunId id;
  private final int epoch;
  private final ProgressListener progress;

  private double[] millis = new double[256];
  private int batches;
  private long examples;
  private double lossSum;
  private long lastAt;

  EpochTrainer(RunId id, int epoch, ProgressListener progress) {
    this.id = id;
    this.epoch = epoch;
    this.progress = progress;
  }

  EpochResult train(Run run) {
    long startedAt = System.nanoTime();
    lastAt = startedAt;
    run.trainEpoch(epoch, this::batchDone);
    double seconds = (System.nanoTime() - startedAt) * 1e-9;
    double median = Median.of(Arrays.copyOf(millis, batches));
    return new EpochResult(epoch, lossSum / examples, run.testAccuracy(), seconds, median);
  }

  private void batchDone(int batchExamples, double loss) {
    if (!Double.isFinite(loss)) {
      throw new UserException(
          "%s diverged in epoch %d: the training loss is %s; try a smaller training.learningRate"
              .formatted(id, epoch, loss));
    }
    long now = System.nanoTime();
    if (batches == millis.length) {
      millis = Arrays.copyOf(millis, 2 * batches);
    }
    millis[batches++] = (now - lastAt) * 1e-6;
    examples += batchExamples;
    lossSum += batchExamples * loss;
    progress.batchDone(loss);
    // The time that a listener takes is not the step's.
    lastAt = System.nanoTime();
  }
}
