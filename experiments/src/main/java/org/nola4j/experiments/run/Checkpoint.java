// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.nola4j.experiments.results.BestEpoch;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.Environment;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.results.Platform;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.results.Timing;
import org.nola4j.experiments.spi.Step;

/**
 * The progress of an unfinished run, in addition to the network's state.
 *
 * @param config the configuration of the run
 * @param dataset the training data; {@code null} in files of earlier versions
 * @param parameters the network's counts; {@code null} in files of earlier versions
 * @param platforms the platforms of its parts, without repetitions; empty in files of earlier
 *     versions
 * @param epochs results of the epochs so far
 * @param begun the next epoch if it has begun; {@code null} between epochs
 * @param seconds wall time so far
 */
public record Checkpoint(
    JsonNode config,
    @JsonInclude(JsonInclude.Include.NON_NULL) DatasetSummary dataset,
    @JsonInclude(JsonInclude.Include.NON_NULL) ParameterCounts parameters,
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

  /**
   * What a run would have recorded had it ended after its last whole epoch, for tables: its loss is
   * that epoch's, its accuracy the last one measured, or NaN, and it has no adapter yet.
   *
   * @param id of the run
   * @return empty if no epoch is over, or in files of earlier versions
   */
  public Optional<ExperimentResult> soFar(RunId id) {
    if (epochs.isEmpty() || dataset == null || parameters == null) {
      return Optional.empty();
    }
    double accuracy = last(EpochResult::testAccuracy).orElse(Double.NaN);
    Double testLoss = last(EpochResult::testLoss).orElse(null);
    double loss = epochs.get(epochs.size() - 1).trainLoss();
    double millis = Median.of(epochs.stream().mapToDouble(EpochResult::millisPerBatch).toArray());
    return Optional.of(
        new ExperimentResult(
            id.experiment(),
            id.method(),
            id.seed(),
            config,
            dataset,
            parameters,
            0,
            epochs,
            new FinalMetrics(loss, Double.NaN, accuracy, null, null, testLoss, null, null),
            BestEpoch.of(epochs),
            new Timing(seconds, millis),
            Environment.unfinished(platforms)));
  }

  /** Wall time of the whole epochs, with what was measured after them. */
  public double epochSeconds() {
    double current =
        begun == null ? 0 : begun.millis().stream().mapToDouble(each -> each * 1e-3).sum();
    return Math.max(0, seconds - current);
  }

  /** The last one that was measured. */
  private Optional<Double> last(Function<EpochResult, Double> figure) {
    return epochs.stream().map(figure).filter(Objects::nonNull).reduce((earlier, later) -> later);
  }

  /** The progress for messages: "epoch 3" or "batch 20 of epoch 4"; a step may be a round. */
  String place(Step step) {
    return begun == null || begun.batches() == 0
        ? "epoch " + epochs.size()
        : "%s %d of epoch %d".formatted(step.one(), begun.batches(), begun.epoch());
  }
}
