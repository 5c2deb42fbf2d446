// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.Platform;

/**
 * Where an unfinished run stands, beside the network's state.
 *
 * @param config the configuration as it is run
 * @param dataset the data that it was trained on; {@code null} in files of earlier versions
 * @param platforms what its parts ran on, each other than the one before; empty in files of earlier
 *     versions
 * @param epochs what the epochs so far gave
 * @param begun the epoch after these, if it was begun; {@code null} between two epochs
 * @param seconds wall time so far
 */
public record Checkpoint(
    JsonNode config,
    @JsonInclude(JsonInclude.Include.NON_NULL) DatasetSummary dataset,
    List<Platform> platforms,
    List<EpochResult> epochs,
    PartialEpoch begun,
    double seconds) {

  /** Checks that nothing is missing and the epochs follow one another. */
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

  /** Where training stands, for messages: "epoch 3", or "batch 20 of epoch 4". */
  String place() {
    return begun == null || begun.batches() == 0
        ? "epoch " + epochs.size()
        : "batch %d of epoch %d".formatted(begun.batches(), begun.epoch());
  }
}
