// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.metrics.TextMetric;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.MeanAndDeviation;
import org.nola4j.experiments.results.NearestNeighborMetrics;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.RunState;

/** Tables of the recorded results of a grid. */
public final class GridTable {
  private static final String NOTHING = "–";

  private final Grid grid;
  private final ResultStore store;
  private final List<String> axes;
  private final Map<GridCell, List<ExperimentResult>> found = new HashMap<>();

  /** Index of the axis shown as columns, or -1. */
  private final int across;

  private GridTable(Grid grid, ResultStore store) {
    this.grid = grid;
    this.store = store;
    axes = List.copyOf(grid.config().axes().keySet());
    across = grid.config().columns() == null ? -1 : axes.indexOf(grid.config().columns());
  }

  /** The accuracy of each cell, mean ± standard deviation over its runs, with counts and sizes. */
  public static Table results(Grid grid, ResultStore store) {
    return new GridTable(grid, store).results();
  }

  /**
   * The recorded results of all cells, cell by cell, for runs with the grid's current
   * configurations.
   */
  public static List<ExperimentResult> recorded(Grid grid, ResultStore store) {
    GridTable table = new GridTable(grid, store);
    return grid.cells().stream().flatMap(cell -> table.found(cell).stream()).toList();
  }

  /** The status of each cell. */
  public static Table states(Grid grid, ResultStore store) {
    return new GridTable(grid, store).states();
  }

  private Table results() {
    Map<List<String>, Map<String, GridCell>> rows = rows();
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
    List<Column> columns = new ArrayList<>();
    for (int axis = 0; axis < axes.size(); axis++) {
      if (axis != across) {
        columns.add(Column.text(axes.get(axis), axes.get(axis)));
      }
    }
    return columns;
  }

  /** The cells of each row by column; the column is empty if no axis is shown as columns. */
  private Map<List<String>, Map<String, GridCell>> rows() {
    Map<List<String>, Map<String, GridCell>> rows = new LinkedHashMap<>();
    for (GridCell cell : grid.cells()) {
      List<String> names = new ArrayList<>(cell.points());
      String column = across < 0 ? "" : names.remove(across);
      rows.computeIfAbsent(names, n -> new LinkedHashMap<>()).put(column, cell);
    }
    return rows;
  }

  private List<Cell> row(List<String> names, Map<String, GridCell> row, List<String> across) {
    List<Cell> cells = names(names);
    Optional<ExperimentResult> first =
        row.values().stream().flatMap(cell -> found(cell).stream()).findFirst();
    cells.add(whole(first.map(result -> result.parameters().coefficients())));
    cells.add(whole(first.map(result -> result.parameters().trained())));
    cells.add(whole(first.map(ExperimentResult::adapterBytes)));
    for (String point : across) {
      GridCell cell = row.get(point);
      if (grid.config().search() != null) {
        String chosen = cell == null ? NOTHING : chosen(cell).map(Json::plain).orElse(NOTHING);
        cells.add(Cell.of(chosen, chosen.equals(NOTHING) ? null : chosen));
      }
      cells.addAll(
          accuracy(
              cell == null ? List.of() : found(cell),
              result -> result.finalMetrics().testAccuracy()));
      texts().forEach(score -> cells.add(score.cell(cell == null ? List.of() : found(cell))));
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
        .flatMap(cell -> found(cell).stream())
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
      cells.addAll(accuracy(cell == null ? List.of() : neighbors(rule, cell), Double::doubleValue));
      cells.addAll(Collections.nCopies(texts().size(), Cell.of(NOTHING, null, null)));
    }
    return Optional.of(cells);
  }

  private List<Double> neighbors(Neighbors rule, GridCell cell) {
    return found(cell).stream()
        .map(result -> result.finalMetrics().nearestNeighbors())
        .filter(Objects::nonNull)
        .map(rule.accuracy)
        .filter(Objects::nonNull)
        .toList();
  }

  private static <T> List<Cell> accuracy(List<T> runs, ToDoubleFunction<T> accuracy) {
    if (runs.isEmpty()) {
      return List.of(Cell.of(NOTHING, null, null), Cell.of("0", 0));
    }
    MeanAndDeviation exact = MeanAndDeviation.of(runs, accuracy);
    MeanAndDeviation percent = MeanAndDeviation.of(runs, run -> 100 * accuracy.applyAsDouble(run));
    return List.of(
        Cell.of(percent.text(2), exact.mean(), exact.deviation()),
        Cell.of(Integer.toString(runs.size()), runs.size()));
  }

  private static Cell whole(Optional<Long> count) {
    return count
        .map(value -> Cell.of(String.format(Locale.ROOT, "%,d", value), value))
        .orElse(Cell.of(NOTHING, (Object) null));
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "Accuracy after the last epoch; mean ± sample standard deviation over the runs of a cell.");
    if (across >= 0) {
      notes.add("Counts and bytes are for a row's first column.");
    }
    if (grid.config().search() != null) {
      notes.add(
          settingName()
              + (losses()
                  ? " was chosen by mean loss on the validation set"
                  : " was chosen by mean accuracy on examples held out of the training set")
              + ", never on the test set.");
    }
    grid.cells().stream()
        .flatMap(cell -> found(cell).stream())
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
    long others = others();
    if (others > 0) {
      notes.add(
          "%d recorded %s another configuration and %s not shown: give the same --set options as to nola grid."
              .formatted(
                  others, others == 1 ? "run has" : "runs have", others == 1 ? "is" : "are"));
    }
    return notes;
  }

  /** The number of recorded results with another configuration. */
  private long others() {
    return grid.cells().stream()
        .flatMap(cell -> grid.runs(cell, chosen(cell)).stream())
        .filter(run -> standing(run) == null && store.find(run.id()).isPresent())
        .count();
  }

  private Table states() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.text("cell", "cell"));
    columns.add(Column.text("experiment", "experiment"));
    columns.add(Column.text("method", "method"));
    if (grid.config().search() != null) {
      columns.add(Column.text(settingName(), settingName()));
    }
    columns.add(Column.number("runs done", "done", "runs"));
    columns.add(Column.text("state", "state"));
    columns.add(Column.number("seconds", "seconds"));
    List<List<Cell>> rows = grid.cells().stream().map(this::state).toList();
    return new Table(grid.config().title(), columns, rows, List.of());
  }

  private List<Cell> state(GridCell cell) {
    List<Cell> cells = new ArrayList<>();
    for (String text : List.of(cell.name(), cell.experiment(), cell.method())) {
      cells.add(Cell.of(text, text));
    }
    if (grid.config().search() != null) {
      String choice = searchState(cell);
      cells.add(Cell.of(choice, choice));
    }
    List<GridRun> runs = grid.runs(cell, chosen(cell));
    boolean ready = cell.tried().isEmpty() || chosen(cell).isPresent();
    List<RunState> standings =
        ready ? runs.stream().map(this::standing).filter(Objects::nonNull).toList() : List.of();
    long done = standings.stream().filter(s -> s == RunState.FINISHED).count();
    cells.add(Cell.of(done + "/" + runs.size(), done, runs.size()));
    String state = ready ? state(runs, standings, done) : "waiting for its search";
    cells.add(Cell.of(state, state));
    double seconds = seconds(cell);
    cells.add(Cell.of(String.format(Locale.ROOT, "%,.0f", seconds), seconds));
    return cells;
  }

  /** Of all finished runs, those that chose a setting included. */
  private double seconds(GridCell cell) {
    Stream<GridRun> tries = grid.searchRuns(cell).values().stream().flatMap(List::stream);
    double seconds =
        Stream.concat(tries, grid.runs(cell, chosen(cell)).stream())
            .filter(run -> standing(run) == RunState.FINISHED)
            .flatMap(run -> store.find(run.id()).stream())
            .mapToDouble(result -> result.timing().secondsTotal())
            .sum();
    return Math.rint(seconds * 10) / 10;
  }

  private static String state(List<GridRun> runs, List<RunState> standings, long done) {
    if (standings.size() < runs.size()) {
      return "recorded with another configuration: use another --out";
    }
    if (done == runs.size()) {
      return "done";
    }
    return standings.contains(RunState.UNFINISHED) || done > 0 ? "begun" : "waits";
  }

  private String searchState(GridCell cell) {
    if (cell.tried().isEmpty()) {
      return NOTHING;
    }
    List<GridRun> runs = grid.searchRuns(cell).values().stream().flatMap(List::stream).toList();
    long done = runs.stream().filter(run -> standing(run) == RunState.FINISHED).count();
    return chosen(cell).map(Json::plain).orElse("%d/%d tried".formatted(done, runs.size()));
  }

  /** Null if there is a result with another configuration. */
  private RunState standing(GridRun run) {
    try {
      return RunState.of(store, run.config(), true);
    } catch (UserException otherConfiguration) {
      return null;
    }
  }

  private Optional<JsonNode> chosen(GridCell cell) {
    return Choice.made(grid, cell, store).map(Choice::value);
  }

  private List<ExperimentResult> found(GridCell cell) {
    return found.computeIfAbsent(cell, this::read);
  }

  private List<ExperimentResult> read(GridCell cell) {
    return grid.runs(cell, chosen(cell)).stream()
        .filter(run -> standing(run) == RunState.FINISHED)
        .flatMap(run -> store.find(run.id()).stream())
        .toList();
  }

  private String settingName() {
    String setting = grid.config().search().setting();
    return setting.substring(setting.lastIndexOf('.') + 1);
  }
}
