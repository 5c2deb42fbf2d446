// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.ProgressText;
import org.nola4j.experiments.run.RunState;

/** Which runs of a grid are done, and how long the others will take. */
public final class GridStates {
  private static final String NOTHING = "–";

  private final Grid grid;
  private final GridRecords records;
  private final Pace whole;

  private GridStates(Grid grid, ResultStore store) {
    this.grid = grid;
    records = new GridRecords(grid, store);
    whole = grid.cells().stream().map(this::pace).reduce(Pace.NONE, Pace::plus);
  }

  /**
   * The state of each cell. What is left takes as long an epoch as the cell's recorded epochs took
   * on average or, if it has none, the grid's.
   */
  public static Table of(Grid grid, ResultStore store) {
    return new GridStates(grid, store).table();
  }

  /**
   * Recorded epochs, and those that are left.
   *
   * @param seconds that the recorded epochs took
   */
  private record Pace(double seconds, int done, int left) {
    static final Pace NONE = new Pace(0, 0, 0);

    Pace plus(Pace other) {
      return new Pace(seconds + other.seconds, done + other.done, left + other.left);
    }

    /** For what is left; empty if that is something and the pace is unknown. */
    Optional<Double> secondsLeft(Pace otherwise) {
      Pace known = done > 0 ? this : otherwise;
      return left == 0
          ? Optional.of(0.0)
          : Optional.of(left * known.seconds / known.done).filter(Double::isFinite);
    }
  }

  private Pace pace(GridCell cell) {
    return records.runs(cell).map(this::pace).reduce(Pace.NONE, Pace::plus);
  }

  private Pace pace(GridRun run) {
    int planned = run.config().training().epochs();
    RunState standing = records.standing(run);
    if (standing == null) {
      return Pace.NONE;
    }
    if (standing == RunState.FRESH) {
      return new Pace(0, 0, planned);
    }
    return records
        .soFar(run)
        .map(
            result ->
                new Pace(
                    result.timing().secondsTotal(),
                    result.epochs().size(),
                    planned - result.epochs().size()))
        .orElse(new Pace(0, 0, planned));
  }

  private Table table() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.text("cell", "cell"));
    columns.add(Column.text("experiment", "experiment"));
    columns.add(Column.text("method", "method"));
    if (grid.config().search() != null) {
      String setting = grid.config().search().settingName();
      columns.add(Column.text(setting, setting));
    }
    columns.add(Column.number("runs done", "done", "runs"));
    columns.add(Column.text("state", "state"));
    columns.add(Column.number("seconds", "seconds"));
    columns.add(Column.number("left", "secondsLeft"));
    List<List<Cell>> rows = grid.cells().stream().map(this::row).toList();
    return new Table(grid.config().title(), columns, rows, notes());
  }

  private List<Cell> row(GridCell cell) {
    List<Cell> cells = new ArrayList<>();
    for (String text : List.of(cell.name(), cell.experiment(), cell.method())) {
      cells.add(Cell.of(text, text));
    }
    if (grid.config().search() != null) {
      String choice = search(cell);
      cells.add(Cell.of(choice, choice));
    }
    List<GridRun> runs = grid.runs(cell, records.chosen(cell));
    boolean ready = cell.tried().isEmpty() || records.chosen(cell).isPresent();
    List<RunState> standings =
        ready ? runs.stream().map(records::standing).filter(Objects::nonNull).toList() : List.of();
    long done = standings.stream().filter(s -> s == RunState.FINISHED).count();
    cells.add(Cell.of(done + "/" + runs.size(), done, runs.size()));
    String state = ready ? state(runs, standings) : "waiting for its search";
    cells.add(Cell.of(state, state));
    Pace pace = pace(cell);
    double seconds = Math.rint(pace.seconds() * 10) / 10;
    cells.add(Cell.of(String.format(Locale.ROOT, "%,.0f", seconds), seconds));
    Optional<Double> left = pace.secondsLeft(whole);
    cells.add(
        Cell.of(
            left.map(GridStates::duration).orElse("unknown"),
            left.map(value -> (double) Math.round(value)).orElse(null)));
    return cells;
  }

  private static String duration(double seconds) {
    return seconds == 0 ? NOTHING : ProgressText.duration(seconds);
  }

  private String state(List<GridRun> runs, List<RunState> standings) {
    if (standings.size() < runs.size()) {
      return "recorded with another configuration: use another --out";
    }
    if (standings.stream().allMatch(state -> state == RunState.FINISHED)) {
      return "done";
    }
    int furthest =
        runs.stream()
            .filter(run -> records.standing(run) == RunState.UNFINISHED)
            .mapToInt(run -> pace(run).done())
            .max()
            .orElse(0);
    if (furthest > 0) {
      return "after epoch " + furthest;
    }
    return standings.stream().allMatch(state -> state == RunState.FRESH) ? "waits" : "begun";
  }

  private String search(GridCell cell) {
    if (cell.tried().isEmpty()) {
      return NOTHING;
    }
    List<GridRun> runs = grid.searchRuns(cell).values().stream().flatMap(List::stream).toList();
    long done = runs.stream().filter(run -> records.standing(run) == RunState.FINISHED).count();
    return records.chosen(cell).map(Json::plain).orElse("%d/%d tried".formatted(done, runs.size()));
  }

  private List<String> notes() {
    double seconds = 0;
    for (GridCell cell : grid.cells()) {
      Optional<Double> left = pace(cell).secondsLeft(whole);
      if (left.isEmpty()) {
        return List.of("Nothing is recorded yet, so how long it takes is unknown.");
      }
      seconds += left.get();
    }
    return seconds == 0
        ? List.of()
        : List.of(
            "About %s left at the pace of the recorded runs."
                .formatted(ProgressText.duration(seconds)));
  }
}
