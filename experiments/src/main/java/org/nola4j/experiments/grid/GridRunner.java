// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nola4j.datasets.DataSetException;
import org.nola4j.experiments.common.MemoryAdvice;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.DivergedException;
import org.nola4j.experiments.run.GridProgress;
import org.nola4j.experiments.run.RunState;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.RunContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains the missing runs of a grid: first those that choose settings, then those of its cells,
 * seed by seed, so that a table of all cells is available early. Finished runs are reused,
 * unfinished ones continued, and a failed run does not stop the others.
 */
public final class GridRunner {
  private static final Logger LOG = LoggerFactory.getLogger(GridRunner.class);

  private final Grid grid;
  private final Catalog catalog;
  private final Runner runner;
  private final RunContext context;
  private final GridProgress progress;
  private final Map<String, List<String>> failures = new LinkedHashMap<>();

  /**
   * Creates a runner.
   *
   * @param catalog has the experiments
   * @param runner trains and stores runs
   * @param context the context of the runs, with the runner's store
   * @param progress notified of each run
   */
  public GridRunner(
      Grid grid, Catalog catalog, Runner runner, RunContext context, GridProgress progress) {
    this.grid = grid;
    this.catalog = catalog;
    this.runner = runner;
    this.context = context;
    this.progress = progress;
  }

  /** The number of runs of a grid, including those that choose settings. */
  public static int count(Grid grid) {
    return grid.cells().stream()
        .mapToInt(
            cell ->
                grid.runs(cell, Optional.empty()).size()
                    + (int) grid.searchRuns(cell).values().stream().flatMap(List::stream).count())
        .sum();
  }

  /**
   * Trains everything.
   *
   * @return failures by cell name
   * @throws IOException if files cannot be written
   */
  public Map<String, List<String>> run() throws IOException {
    Map<GridCell, List<GridRun>> runs = new LinkedHashMap<>();
    for (GridCell cell : grid.cells()) {
      runs.put(cell, chosenRuns(cell));
    }
    int most = runs.values().stream().mapToInt(List::size).max().orElse(0);
    for (int i = 0; i < most; i++) {
      for (Map.Entry<GridCell, List<GridRun>> cell : runs.entrySet()) {
        if (i < cell.getValue().size()) {
          train(cell.getKey(), cell.getValue().get(i));
        }
      }
    }
    return failures;
  }

  /** The runs of a cell with the chosen setting; none if nothing could be chosen. */
  private List<GridRun> chosenRuns(GridCell cell) throws IOException {
    if (cell.tried().isEmpty()) {
      return grid.runs(cell, Optional.empty());
    }
    Optional<JsonNode> chosen = choose(cell).map(Choice::value);
    if (chosen.isPresent()) {
      return grid.runs(cell, chosen);
    }
    fail(cell, "not run, since no setting could be chosen");
    progress.failed(grid.runs(cell, Optional.empty()).size());
    return List.of();
  }

  private Optional<Choice> choose(GridCell cell) throws IOException {
    Collection<List<GridRun>> tries = grid.searchRuns(cell).values();
    Optional<Choice> made = Choice.made(grid, cell, store()).filter(choice -> stands(cell));
    if (made.isPresent()) {
      tries.forEach(runs -> runs.forEach(run -> progress.skipped()));
      return made;
    }
    boolean complete = true;
    for (List<GridRun> runs : tries) {
      for (GridRun run : runs) {
        complete &= train(cell, run);
      }
    }
    Optional<Choice> choice = complete ? Choice.from(grid, cell, store()) : Optional.empty();
    if (choice.isPresent()) {
      choice.get().write(grid, cell, store());
    }
    return choice;
  }

  /** Whether the choice was made from results of the current configurations. */
  private boolean stands(GridCell cell) {
    try {
      grid.searchRuns(cell)
          .values()
          .forEach(runs -> runs.forEach(run -> RunState.of(store(), identified(run), true)));
      return true;
    } catch (UserException otherConfiguration) {
      return false;
    }
  }

  /**
   * Trains a run, unless it is finished.
   *
   * @return false if it failed; divergence is not a failure, since it is a result too
   */
  private boolean train(GridCell cell, GridRun run) throws IOException {
    try {
      ExperimentConfig config = identified(run);
      if (RunState.of(store(), config, true) == RunState.FINISHED) {
        progress.skipped();
        return true;
      }
      long begun = System.nanoTime();
      runner.run(catalog.experiment(run.experiment()), config, context, true);
      progress.trained((System.nanoTime() - begun) * 1e-9);
      return true;
    } catch (DivergedException e) {
      fail(cell, e.getMessage());
      progress.failed(1);
      return true;
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.debug("{} failed", run.id(), e);
      fail(cell, "%s: %s".formatted(run.id(), describe(e)));
      progress.failed(1);
      return false;
    }
  }

  private ExperimentConfig identified(GridRun run) {
    return catalog.experiment(run.experiment()).identified(run.config(), context);
  }

  private void fail(GridCell cell, String message) {
    failures.computeIfAbsent(cell.name(), name -> new ArrayList<>()).add(message);
    context.notes().accept("failed: " + message);
  }

  private static String describe(Throwable error) {
    if (error instanceof OutOfMemoryError memory) {
      return MemoryAdvice.of(memory);
    }
    return error instanceof UserException || error instanceof DataSetException
        ? error.getMessage()
        : error.toString();
  }

  private ResultStore store() {
    return context.results();
  }
}
