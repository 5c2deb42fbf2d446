// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.run.Checkpoint;
import org.nola4j.experiments.run.CheckpointFile;
import org.nola4j.experiments.run.RunState;

/** What is recorded of a grid's runs with its current configurations. */
public final class GridRecords {
  private final Grid grid;
  private final ResultStore store;
  private final Map<GridCell, List<ExperimentResult>> found = new HashMap<>();
  private final Map<RunId, Optional<RunState>> standings = new HashMap<>();
  private final Map<RunId, Optional<Checkpoint>> checkpoints = new HashMap<>();

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
   * The results of a cell's finished runs or, if there is none, what the unfinished one that is
   * furthest has so far.
   */
  List<ExperimentResult> found(GridCell cell) {
    return found.computeIfAbsent(cell, this::read);
  }

  private List<ExperimentResult> read(GridCell cell) {
    List<GridRun> runs = grid.runs(cell, chosen(cell));
    List<ExperimentResult> finished = finished(runs);
    return finished.isEmpty()
        ? runs.stream()
            .flatMap(run -> checkpoint(run).flatMap(at -> at.soFar(run.id())).stream())
            .max(Comparator.comparingInt(run -> run.epochs().size()))
            .stream()
            .toList()
        : finished;
  }

  private List<ExperimentResult> finished(List<GridRun> runs) {
    return runs.stream()
        .filter(run -> standing(run) == RunState.FINISHED)
        .flatMap(run -> store.find(run.id()).stream())
        .toList();
  }

  /** The result of a finished run. */
  Optional<ExperimentResult> result(GridRun run) {
    return finished(List.of(run)).stream().findFirst();
  }

  /** How far an unfinished run is; empty too if it ended a moment ago. */
  Optional<Checkpoint> checkpoint(GridRun run) {
    return standing(run) == RunState.UNFINISHED
        ? checkpoints.computeIfAbsent(run.id(), this::checkpoint)
        : Optional.empty();
  }

  private Optional<Checkpoint> checkpoint(RunId id) {
    try {
      return Optional.of(new CheckpointFile(store.checkpointFile(id)).read());
    } catch (UserException gone) {
      return Optional.empty();
    }
  }

  /** The value chosen for a cell, once its search is done. */
  Optional<JsonNode> chosen(GridCell cell) {
    return Choice.made(grid, cell, store).map(Choice::value);
  }

  /** Null if there is a result with another configuration, or the file is damaged. */
  RunState standing(GridRun run) {
    return standings.computeIfAbsent(run.id(), id -> read(run)).orElse(null);
  }

  private Optional<RunState> read(GridRun run) {
    try {
      return Optional.of(RunState.of(store, run.config(), true));
    } catch (UserException otherConfiguration) {
      return Optional.empty();
    }
  }

  /** The number of recorded results with another configuration. */
  long others() {
    return grid.cells().stream()
        .flatMap(cell -> grid.runs(cell, chosen(cell)).stream())
        .filter(run -> standing(run) == null && store.find(run.id()).isPresent())
        .count();
  }
}
