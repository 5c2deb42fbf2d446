package org.nola4j.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.results.EpochResult;

/** What a run has done so far, over all its parts if it was stopped and resumed. */
final class History {
  private final JsonNode config;
  private final List<EpochResult> epochs = new ArrayList<>();
  private final long startedAt = System.nanoTime();
  private double secondsBefore;
  private long checkpointAt = startedAt;

  History(JsonNode config) {
    this.config = config;
  }

  void continueFrom(Checkpoint checkpoint) {
    epochs.addAll(checkpoint.epochs());
    secondsBefore = checkpoint.seconds();
  }

  void add(EpochResult epoch) {
    epochs.add(epoch);
  }

  JsonNode config() {
    return config;
  }

  List<EpochResult> epochs() {
    return List.copyOf(epochs);
  }

  double seconds() {
    return secondsBefore + (System.nanoTime() - startedAt) * 1e-9;
  }

  double millisPerBatchMedian() {
    return Median.of(epochs.stream().mapToDouble(EpochResult::millisPerBatch).toArray());
  }

  Checkpoint checkpoint() {
    return new Checkpoint(config, epochs, seconds());
  }

  Duration sinceCheckpoint() {
    return Duration.ofNanos(System.nanoTime() - checkpointAt);
  }

  void checkpointWritten() {
    checkpointAt = System.nanoTime();
  }
}
