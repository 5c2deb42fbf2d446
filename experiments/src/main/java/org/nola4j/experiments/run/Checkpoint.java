// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.Platform;
import org.nola4j.experiments.spi.Step;

/**
 * The progress of an unfinished run, in addition to the network's state.
 *
 * @param config the configuration of the run
 * @param dataset the training data; {@code null} in files of earlier versions
 * @param platforms the platforms of its parts, without repetitions; empty in files of earlier
 *     versions
 * @param epochs results of the epochs so far
 * @param begun the next epoch if it has begun; {@code null} between epochs
 * @param seconds wall time so far
 */
public record Checkpoint(
    JsonNode config,
    @JsonInclude(JsonInclude.Include.NON_NULL) DatasetSummary dataset,
    List<Platform> platforms,
    List<EpochResult> epochs,
    PartialEpoch begun,
    double seconds) {

  /** Checks that nothing is missing and that epochs are consecutive. */
  public Checkpoint {
    if (config == null || epochs == null) {
      throw new IllegalArgumentException((config == null ? "config" : "epochs") + " is missing");
    }
    platforms = platforms == null ? List.of() : List.copyOf(platforms);
    epochs = List.copyOf(epochs);
    if (begun != null && begun.epoch() != epochs.size() + 1) {
      throw new IllegalArgumentException(
          "begun.epoch must be %d, was %d".formatted(epochs.size() + 1, begun.epoch()));
    }
  }

  /** The progress for messages: "epoch 3" or "batch 20 of epoch 4"; a step may be a round. */
  String place(Step step) {
    return begun == null || begun.batches() == 0
        ? "epoch " + epochs.size()
        : "%s %d of epoch %d".formatted(step.one(), begun.batches(), begun.epoch());
  }
}
