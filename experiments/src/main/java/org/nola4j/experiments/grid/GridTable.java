// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.metrics.TextMetric;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.MeanAndDeviation;
import org.nola4j.experiments.results.NearestNeighborMetrics;

/** Tables of the recorded results of a grid. */
public final class GridTable {
  private static final String NOTHING = "–";

  private final Grid grid;
  private final GridRecords records;

  private GridTable(Grid grid, GridRecords records) {
    this.grid = grid;
    this.records = records;
  }

  /** The accuracy of each cell, mean ± standard deviation over its runs, with counts and sizes. */
  public static Table of(Grid grid, GridRecords records) {
    return new GridTable(grid, records).results();
  }

  private Table results() {
    Map<List<String>, Map<String, GridCell>> rows = grid.rows();
    List<String> across =
        rows.values().stream().flatMap(r -> r.keySet().stream()).distinct().toList();
    List<Column> columns = new ArrayList<>(axisColumns());
    columns.add(Column.number("coefficients", "coefficients"));
    columns.add(Column.number("trained", "trained"));
    columns.add(Column.number("adapter bytes", "adapterBytes"));
    for (String point : across) {
      String prefix = point.isEmpty() ? "" : point + " ";
      if (grid.config().search() != null) {
        columns.add(Column.number(prefix + settingName(), prefix + settingName()));
      }
      columns.add(
          Column.number(
              prefix + (losses() ? "valid. acc. %" : "test acc. %"),
              prefix + "testAccuracy",
              prefix + "testAccuracyStandardDeviation"));
      columns.add(Column.number(prefix + "runs", prefix + "runs"));
      texts().forEach(score -> columns.add(score.column(prefix)));
    }
    List<List<Cell>> cells = new ArrayList<>();
    rows.forEach((names, row) -> cells.add(row(names, row, across)));
    for (Neighbors rule : Neighbors.values()) {
      rows.forEach((names, row) -> neighbors(rule, names, row, across).ifPresent(cells::add));
    }
    return new Table(grid.config().title(), columns, cells, notes());
  }

  private List<Column> axisColumns() {
    return grid.config().axes().keySet().stream()
        .filter(axis -> !axis.equals(grid.config().columns()))
        .map(axis -> Column.text(axis, axis))
        .toList();
  }

  private List<Cell> row(List<String> names, Map<String, GridCell> row, List<String> across) {
    List<Cell> cells = names(names);
    Optional<ExperimentResult> first =
        row.values().stream()
            .flatMap(cell -> records.found(cell).stream())
            .min(Comparator.comparing(ExperimentResult::unfinished)); // a finished one has a file
    cells.add(whole(first.map(result -> result.parameters().coefficients())));
    cells.add(whole(first.map(result -> result.parameters().trained())));
    cells.add(whole(first.map(ExperimentResult::adapterBytes).filter(bytes -> bytes > 0)));
    for (String point : across) {
      GridCell cell = row.get(point);
      if (grid.config().search() != null) {
        String chosen =
            cell == null ? NOTHING : records.chosen(cell).map(Json::plain).orElse(NOTHING);
        cells.add(Cell.of(chosen, chosen.equals(NOTHING) ? null : chosen));
      }
      List<ExperimentResult> found = cell == null ? List.of() : records.found(cell);
      cells.add(accuracy(found.stream().map(run -> run.finalMetrics().testAccuracy()).toList()));
      cells.add(runs(found));
      texts().forEach(score -> cells.add(score.cell(found)));
    }
    return cells;
  }

  /**
   * A figure of language models, where a run has it.
   *
   * @param factor what tables show is so many times the figure
   */
  private record Score(
      String title,
      String key,
      double factor,
      int decimals,
      Function<ExperimentResult, Double> of) {
    private static final List<Score> ALL =
        Stream.concat(
                Stream.of(
                    new Score(
                        "valid. loss", "testLoss", 1, 4, run -> run.finalMetrics().testLoss())),
                Stream.concat(
                    Arrays.stream(TextMetric.values()).map(Score::metric),
                    Stream.of(
                        new Score(
                            "ms per batch",
                            "millisPerBatch",
                            1,
                            1,
                            run -> run.timing().millisPerBatchMedian()))))
            .toList();

    static Score metric(TextMetric metric) {
      return new Score(
          metric.title(),
          metric.key(),
          metric.tableScale(),
          2,
          run -> run.finalMetrics().texts().get(metric.key()));
    }

    Column column(String prefix) {
      return Column.number(prefix + title, prefix + key, prefix + key + "StandardDeviation");
    }

    Cell cell(List<ExperimentResult> runs) {
      List<Double> values = runs.stream().map(of).filter(Objects::nonNull).toList();
      if (values.isEmpty()) {
        return Cell.of(NOTHING, null, null);
      }
      MeanAndDeviation exact = MeanAndDeviation.of(values, Double::doubleValue);
      MeanAndDeviation shown = MeanAndDeviation.of(values, value -> factor * value);
      return Cell.of(shown.text(decimals), exact.mean(), exact.deviation());
    }
  }

  /** Those of language models that a run has; none for other networks. */
  private List<Score> texts() {
    return losses()
        ? Score.ALL.stream().filter(score -> results(score.of).findFirst().isPresent()).toList()
        : List.of();
  }

  private boolean losses() {
    return results(run -> run.finalMetrics().testLoss()).findFirst().isPresent();
  }

  private Stream<Double> results(Function<ExperimentResult, Double> figure) {
    return grid.cells().stream()
        .flatMap(cell -> records.found(cell).stream())
        .map(figure)
        .filter(Objects::nonNull);
  }

  private static List<Cell> names(List<String> names) {
    return new ArrayList<>(names.stream().map(name -> Cell.of(name, name)).toList());
  }

  /** What classifies by a network's features alone. */
  @SuppressWarnings("ImmutableEnumChecker") // the functions are method references
  private enum Neighbors {
    COSINE("1-NN (cosine)", NearestNeighborMetrics::cosine),
    EUCLIDEAN("1-NN (euclidean)", NearestNeighborMetrics::euclidean),
    CLASS_MEAN("nearest class mean", NearestNeighborMetrics::classMean);

    private final String label;
    private final Function<NearestNeighborMetrics, Double> accuracy;

    Neighbors(String label, Function<NearestNeighborMetrics, Double> accuracy) {
      this.label = label;
      this.accuracy = accuracy;
    }
  }

  /** What the features of a row's networks give, if it was measured. */
  private Optional<List<Cell>> neighbors(
      Neighbors rule, List<String> names, Map<String, GridCell> row, List<String> across) {
    if (row.values().stream().allMatch(cell -> neighbors(rule, cell).isEmpty())) {
      return Optional.empty();
    }
    List<Cell> cells = names(names);
    if (!names.isEmpty()) {
      String label = "%s: %s".formatted(names.get(0), rule.label);
      cells.set(0, Cell.of(label, label));
    }
    cells.addAll(Collections.nCopies(3, Cell.of(NOTHING, (Object) null)));
    for (String point : across) {
      GridCell cell = row.get(point);
      if (grid.config().search() != null) {
        cells.add(Cell.of(NOTHING, (Object) null));
      }
      List<Double> accuracies = cell == null ? List.of() : neighbors(rule, cell);
      cells.add(accuracy(accuracies));
      cells.add(Cell.of(Integer.toString(accuracies.size()), accuracies.size()));
      cells.addAll(Collections.nCopies(texts().size(), Cell.of(NOTHING, null, null)));
    }
    return Optional.of(cells);
  }

  private List<Double> neighbors(Neighbors rule, GridCell cell) {
    return records.found(cell).stream()
        .map(result -> result.finalMetrics().nearestNeighbors())
        .filter(Objects::nonNull)
        .map(rule.accuracy)
        .filter(Objects::nonNull)
        .toList();
  }

  /** The mean; nothing if one was not measured, as in an unfinished run. */
  private static Cell accuracy(List<Double> runs) {
    if (runs.isEmpty() || runs.stream().anyMatch(accuracy -> accuracy.isNaN())) {
      return Cell.of(NOTHING, null, null);
    }
    MeanAndDeviation exact = MeanAndDeviation.of(runs, Double::doubleValue);
    MeanAndDeviation percent = MeanAndDeviation.of(runs, accuracy -> 100 * accuracy);
    return Cell.of(percent.text(2), exact.mean(), exact.deviation());
  }

  /** Their number or, of unfinished ones, the epoch. */
  private static Cell runs(List<ExperimentResult> found) {
    return found.stream()
        .filter(ExperimentResult::unfinished)
        .findFirst()
        .map(run -> Cell.of("0 (%s epochs)".formatted(run.epochCount()), 0))
        .orElse(Cell.of(Integer.toString(found.size()), found.size()));
  }

  private static Cell whole(Optional<Long> count) {
    return count
        .map(value -> Cell.of(String.format(Locale.ROOT, "%,d", value), value))
        .orElse(Cell.of(NOTHING, (Object) null));
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    boolean nothing = results(run -> run.finalMetrics().trainLoss()).findFirst().isEmpty();
    notes.add(
        nothing
            ? "Nothing is recorded of these runs yet; see nola grid %s --list."
                .formatted(grid.name())
            : "Accuracy after the last epoch; mean ± sample standard deviation over the runs of a"
                + " cell.");
    if (grid.config().columns() != null) {
      notes.add("Counts and bytes are for a row's first column.");
    }
    if (grid.config().search() != null && !nothing) { // or else it is unknown by what is chosen
      notes.add(
          settingName()
              + (losses()
                  ? " was chosen by mean loss on the validation set"
                  : " was chosen by mean accuracy on examples held out of the training set")
              + ", never on the test set.");
    }
    grid.cells().stream()
        .flatMap(cell -> records.found(cell).stream())
        .map(ExperimentResult::dataset)
        .filter(data -> data.standIn() || data.note() != null)
        .map(
            data ->
                "Data set %s: %s."
                    .formatted(
                        data.name(),
                        data.standIn() ? "generated, instead of a real set" : data.note()))
        .distinct()
        .forEach(notes::add);
    if (records.all().stream().anyMatch(ExperimentResult::unfinished)) {
      notes.add(ExperimentResult.UNFINISHED);
    }
    long others = records.others();
    if (others > 0) {
      notes.add(
          "%d recorded %s another configuration and %s not shown: give the same --set options as to nola grid."
              .formatted(
                  others, others == 1 ? "run has" : "runs have", others == 1 ? "is" : "are"));
    }
    return notes;
  }

  private String settingName() {
    return grid.config().search().settingName();
  }
}
