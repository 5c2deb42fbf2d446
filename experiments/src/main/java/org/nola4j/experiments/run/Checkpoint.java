package org.nola4j.experiments.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.EpochResult;

/**
 * Where an unfinished run stands, beside the network's state.
 *
 * @param config the configuration as it is run
 * @param dataset the data that it was trained on; {@code null} in files of earlier versions
 * @param epochs what the epochs so far gave
 * @param begun the epoch after these, if it was begun; {@code null} between two epochs
 * @param seconds wall time so far
 */
public record Checkpoint(
    JsonNode config,
    @JsonInclude(JsonInclude.Include.NON_NULL) DatasetSummary dataset,
    List<EpochResult> epochs,
    PartialEpoch begun,
    double seconds) {

  /** Checks that nothing is missing and the epochs follow one another. */
  public Checkpoint {
    if (config == null || epochs == null) {
      throw new IllegalArgumentException((config == null ? "config" : "epochs") + " is missing");
    }
    epochs = List.copyOf(epochs);
    if (begun != null && begun.epoch() != epochs.size() + 1) {
      throw new IllegalArgumentException(
          "begun.epoch must be %d, was %d".formatted(epochs.size() + 1, begun.epoch()));
    }
  }
}
