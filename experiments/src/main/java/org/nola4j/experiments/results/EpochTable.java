// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.util.List;
import java.util.stream.Stream;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;

/** The results of each epoch of a run, as a table for other programs. */
public final class EpochTable {
  private static final List<String> ALL =
      List.of("epoch", "learningRate", "trainLoss", "testAccuracy", "seconds", "millisPerBatch");

  /** Language models have it too. */
  private static final String TEST_LOSS = "testLoss";

  private EpochTable() {}

  /** One row per epoch. */
  public static Table of(TrainingConfig training, List<EpochResult> epochs) {
    boolean losses = epochs.stream().anyMatch(epoch -> epoch.testLoss() != null);
    List<Column> columns =
        Stream.concat(ALL.stream(), losses ? Stream.of(TEST_LOSS) : Stream.of())
            .map(key -> Column.number(key, key))
            .toList();
    List<List<Cell>> rows =
        epochs.stream().map(epoch -> row(training, epoch).subList(0, columns.size())).toList();
    return new Table("", columns, rows, List.of());
  }

  private static List<Cell> row(TrainingConfig training, EpochResult epoch) {
    return Stream.of(
            epoch.epoch(),
            training.learningRateIn(epoch.epoch()),
            epoch.trainLoss(),
            epoch.testAccuracy(),
            epoch.seconds(),
            epoch.millisPerBatch(),
            epoch.testLoss())
        .map(value -> Cell.of(value == null ? "" : value.toString(), value))
        .toList();
  }
}
