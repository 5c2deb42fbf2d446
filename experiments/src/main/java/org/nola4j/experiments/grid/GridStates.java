// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.run.ProgressText;
import org.nola4j.experiments.run.RunState;

/** Which runs of a grid are done, and how long the others will take. */
public final class GridStates {
  private static final String NOTHING = "–";

  private final Grid grid;
  private final GridRecords records;
  private final Map<GridCell, Pace> tries = new LinkedHashMap<>();
  private final Map<GridCell, Pace> runs = new LinkedHashMap<>();

  private GridStates(Grid grid, GridRecords records) {
    this.grid = grid;
    this.records = records;
    for (GridCell cell : grid.cells()) {
      tries.put(cell, tries(cell));
      runs.put(cell, runs(cell));
    }
  }

  /**
   * The state of each cell. What is left of its search, and of its own runs, takes as long an epoch
   * as recorded epochs of the same kind took on average: the cell's or, if it has none, the grid's,
   * or else those of the other kind.
   */
  public static Table of(Grid grid, GridRecords records) {
    return new GridStates(grid, records).table();
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

    Pace nothingLeft() {
      return new Pace(seconds, done, 0);
    }

    /** For what is left at the first pace that is known; NaN if none is. */
    double secondsLeft(Pace... paces) {
      return left == 0
          ? 0
          : Stream.concat(Stream.of(this), Arrays.stream(paces))
              .filter(pace -> pace.done > 0)
              .mapToDouble(pace -> left * pace.seconds / pace.done)
              .findFirst()
              .orElse(Double.NaN);
    }
  }

  /** Once a value is chosen, no other is tried. */
  private Pace tries(GridCell cell) {
    Pace pace = pace(grid.searchRuns(cell).values().stream().flatMap(List::stream).toList());
    return records.chosen(cell).isPresent() ? pace.nothingLeft() : pace;
  }

  private Pace runs(GridCell cell) {
    return pace(grid.runs(cell, records.chosen(cell)));
  }

  private Pace pace(List<GridRun> some) {
    return some.stream().map(this::pace).reduce(Pace.NONE, Pace::plus);
  }

  private Pace pace(GridRun run) {
    int planned = run.config().training().epochs();
    RunState standing = records.standing(run);
    if (standing == null) {
      return Pace.NONE;
    }
    return switch (standing) {
      case FRESH -> new Pace(0, 0, planned);
      case UNFINISHED ->
          records
              .checkpoint(run)
              .map(
                  at ->
                      new Pace(at.epochSeconds(), at.epochs().size(), planned - at.epochs().size()))
              .orElse(new Pace(0, 0, planned));
      case FINISHED ->
          records
              .result(run)
              .map(result -> new Pace(result.timing().secondsTotal(), planned, 0))
              .orElse(Pace.NONE);
    };
  }

  private double secondsLeft(GridCell cell) {
    Pace ofSearch = tries.get(cell);
    Pace own = runs.get(cell);
    Pace allTries = sum(tries);
    Pace allRuns = sum(runs);
    return ofSearch.secondsLeft(allTries, allRuns) + own.secondsLeft(allRuns, ofSearch, allTries);
  }

  private static Pace sum(Map<GridCell, Pace> paces) {
    return paces.values().stream().reduce(Pace.NONE, Pace::plus);
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
    List<GridRun> own = grid.runs(cell, records.chosen(cell));
    boolean ready = cell.tried().isEmpty() || records.chosen(cell).isPresent();
    List<RunState> standings =
        ready ? own.stream().map(records::standing).filter(Objects::nonNull).toList() : List.of();
    long done = standings.stream().filter(s -> s == RunState.FINISHED).count();
    cells.add(Cell.of(done + "/" + own.size(), done, own.size()));
    String state = ready ? state(own, standings) : "waiting for its search";
    cells.add(Cell.of(state, state));
    double seconds = Math.rint(10 * (tries.get(cell).seconds() + runs.get(cell).seconds())) / 10;
    cells.add(Cell.of(String.format(Locale.ROOT, "%,.0f", seconds), seconds));
    double left = secondsLeft(cell);
    cells.add(
        Double.isNaN(left)
            ? Cell.of("unknown", (Object) null)
            : Cell.of(duration(left), Math.rint(left)));
    return cells;
  }

  private static String duration(double seconds) {
    return seconds == 0 ? NOTHING : ProgressText.duration(seconds);
  }

  private String state(List<GridRun> own, List<RunState> standings) {
    if (standings.size() < own.size()) {
      return "recorded with another configuration: use another --out";
    }
    if (standings.stream().allMatch(state -> state == RunState.FINISHED)) {
      return "done";
    }
    int furthest =
        own.stream()
            .flatMap(run -> records.checkpoint(run).stream())
            .mapToInt(checkpoint -> checkpoint.epochs().size())
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
    List<GridRun> all = grid.searchRuns(cell).values().stream().flatMap(List::stream).toList();
    long done = all.stream().filter(run -> records.standing(run) == RunState.FINISHED).count();
    return records.chosen(cell).map(Json::plain).orElse("%d/%d tried".formatted(done, all.size()));
  }

  private List<String> notes() {
    double seconds = grid.cells().stream().mapToDouble(this::secondsLeft).sum();
    if (Double.isNaN(seconds)) {
      return List.of("No epoch is recorded yet, so how long it takes is unknown.");
    }
    return seconds == 0
        ? List.of()
        : List.of(
            "About %s left at the pace of the recorded epochs."
                .formatted(ProgressText.duration(seconds)));
  }
}
