// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.CheckpointFile;
import org.nola4j.experiments.run.RunState;

/** What is recorded of a grid's runs with its current configurations. */
public final class GridRecords {
  private final Grid grid;
  private final ResultStore store;
  private final Map<GridCell, List<ExperimentResult>> found = new HashMap<>();

  /** Those in a folder. */
  public GridRecords(Grid grid, ResultStore store) {
    this.grid = grid;
    this.store = store;
  }

  /** The results of all cells, cell by cell. */
  public List<ExperimentResult> all() {
    return grid.cells().stream().flatMap(cell -> found(cell).stream()).toList();
  }

  /**
   * The results of a cell's finished runs or, if there is none, how far the unfinished ones are.
   */
  List<ExperimentResult> found(GridCell cell) {
    return found.computeIfAbsent(cell, this::read);
  }

  private List<ExperimentResult> read(GridCell cell) {
    List<GridRun> runs = grid.runs(cell, chosen(cell));
    List<ExperimentResult> finished = in(RunState.FINISHED, runs);
    return finished.isEmpty() ? in(RunState.UNFINISHED, runs) : finished;
  }

  private List<ExperimentResult> in(RunState state, List<GridRun> runs) {
    return runs.stream()
        .filter(run -> standing(run) == state)
        .flatMap(run -> soFar(run).stream())
        .toList();
  }

  /** A run's result or, of an unfinished one, that of its last epoch; empty before its first. */
  Optional<ExperimentResult> soFar(GridRun run) {
    CheckpointFile checkpoint = new CheckpointFile(store.checkpointFile(run.id()));
    return checkpoint.exists() ? checkpoint.read().soFar(run.id()) : store.find(run.id());
  }

  /** The value chosen for a cell, once its search is done. */
  Optional<JsonNode> chosen(GridCell cell) {
    return Choice.made(grid, cell, store).map(Choice::value);
  }

  /** Null if there is a result with another configuration. */
  RunState standing(GridRun run) {
    try {
      return RunState.of(store, run.config(), true);
    } catch (UserException otherConfiguration) {
      return null;
    }
  }

  /** The runs of a cell's search and its own. */
  Stream<GridRun> runs(GridCell cell) {
    return Stream.concat(
        grid.searchRuns(cell).values().stream().flatMap(List::stream),
        grid.runs(cell, chosen(cell)).stream());
  }

  /** The number of recorded results with another configuration. */
  long others() {
    return grid.cells().stream()
        .flatMap(cell -> grid.runs(cell, chosen(cell)).stream())
        .filter(run -> standing(run) == null && store.find(run.id()).isPresent())
        .count();
  }
}
