// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.results.Platform;
import org.nola4j.experiments.spi.Run;

/** What a run has done so far, over all its parts if it was resumed. */
final class History {
  private final JsonNode config;
  private final DatasetSummary dataset;
  private final ParameterCounts parameters;
  private final List<Platform> platforms = new ArrayList<>();
  private final List<EpochResult> epochs = new ArrayList<>();
  private final long startedAt = System.nanoTime();
  private PartialEpoch begun;
  private double secondsBefore;

  /**
   * Begins.
   *
   * @param run trained
   * @param platform the current platform
   */
  History(JsonNode config, Run run, Platform platform) {
    this.config = config;
    this.dataset = run.dataset();
    this.parameters = run.parameters();
    platforms.add(platform);
  }

  void continueFrom(Checkpoint checkpoint) {
    Platform now = platforms.get(0);
    platforms.addAll(0, checkpoint.platforms());
    if (platforms.size() > 1 && platforms.get(platforms.size() - 2).equals(now)) {
      platforms.remove(platforms.size() - 1);
    }
    epochs.addAll(checkpoint.epochs());
    begun = checkpoint.begun();
    secondsBefore = checkpoint.seconds();
  }

  void add(EpochResult epoch) {
    epochs.add(epoch);
    begun = null;
  }

  JsonNode config() {
    return config;
  }

  /** The platforms of earlier parts in order, without the current one. */
  List<Platform> earlierPlatforms() {
    return List.copyOf(platforms.subList(0, platforms.size() - 1));
  }

  List<EpochResult> epochs() {
    return List.copyOf(epochs);
  }

  /** The epoch to train next or to continue. */
  PartialEpoch next() {
    return begun == null ? PartialEpoch.none(epochs.size() + 1) : begun;
  }

  double seconds() {
    return secondsBefore + (System.nanoTime() - startedAt) * 1e-9;
  }

  double millisPerBatchMedian() {
    return Median.of(epochs.stream().mapToDouble(EpochResult::millisPerBatch).toArray());
  }

  /** A checkpoint between epochs. */
  Checkpoint checkpoint() {
    return new Checkpoint(config, dataset, parameters, platforms, epochs, null, seconds());
  }

  /** A checkpoint within an epoch. */
  Checkpoint checkpoint(PartialEpoch current) {
    return new Checkpoint(config, dataset, parameters, platforms, epochs, current, seconds());
  }
}
