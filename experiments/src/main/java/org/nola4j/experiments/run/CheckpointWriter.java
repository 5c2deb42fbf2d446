// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.nola4j.experiments.spi.Run;

/** Writes a run's checkpoints when they are due, after any step but preferably after an epoch. */
final class CheckpointWriter {
  /** Between epochs, a checkpoint is small and includes their evaluations. */
  private static final Duration AFTER_EPOCHS = Duration.ofSeconds(5);

  private final CheckpointFile file;
  private final Run run;
  private final History history;
  private final Duration interval;
  private final StopSignal stop;
  private final String remedy;
  private long writtenAt = System.nanoTime();

  /**
   * Creates a writer.
   *
   * @param remedy how to continue from the checkpoint, for the message of a stop
   */
  CheckpointWriter(
      CheckpointFile file,
      Run run,
      History history,
      Duration interval,
      StopSignal stop,
      String remedy) {
    this.file = file;
    this.run = run;
    this.history = history;
    this.interval = interval;
    this.stop = stop;
    this.remedy = remedy;
  }

  void afterStep(Supplier<PartialEpoch> current) throws IOException {
    if (stop.requested() || sinceLast().compareTo(interval) >= 0) {
      write(history.checkpoint(current.get()));
    }
    if (stop.requested()) {
      throw new StoppedException();
    }
  }

  /**
   * After the last step of an epoch. A measurement may take long; with a checkpoint before it,
   * nothing else is lost if the process ends.
   */
  void afterSteps(PartialEpoch current, boolean measuring) throws IOException {
    writeOrPostpone(measuring && isDue(), history.checkpoint(current));
  }

  /** The last epoch always has one, since the final evaluation may take long. */
  void afterEpoch(boolean last) throws IOException {
    writeOrPostpone(last || isDue(), history.checkpoint());
  }

  /** What is not written now is if the process is told to end before the next step. */
  private void writeOrPostpone(boolean now, Checkpoint checkpoint) throws IOException {
    if (now || stop.requested()) {
      write(checkpoint);
    } else {
      stop.unsaved(() -> write(checkpoint));
    }
  }

  private boolean isDue() {
    return sinceLast().compareTo(least()) >= 0;
  }

  private Duration least() {
    return interval.compareTo(AFTER_EPOCHS) < 0 ? interval : AFTER_EPOCHS;
  }

  private void write(Checkpoint checkpoint) throws IOException {
    file.write(checkpoint, run);
    stop.unsaved(null);
    stop.saved(
        "%s has everything up to %s; %s".formatted(file, checkpoint.place(run.step()), remedy));
    writtenAt = System.nanoTime();
  }

  private Duration sinceLast() {
    return Duration.ofNanos(System.nanoTime() - writtenAt);
  }
}
