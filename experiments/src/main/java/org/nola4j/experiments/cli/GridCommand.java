// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.grid.Grid;
import org.nola4j.experiments.grid.GridRecords;
import org.nola4j.experiments.grid.GridRunner;
import org.nola4j.experiments.grid.GridStates;
import org.nola4j.experiments.grid.GridTable;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.GridProgress;
import org.nola4j.experiments.run.Progress;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.RunContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola grid}. */
@Command(
    name = "grid",
    description = {
      "Trains all runs of a grid and prints a table with mean and standard deviation per cell.",
      "Finished runs are reused and unfinished ones are continued, so repeat the command after an"
          + " interruption. A failed run is reported and does not stop the others. Each run is"
          + " recorded as OUT/NAME/CELL-seedS.json (few-shot tasks: CELL-sampleT-seedS.json); runs"
          + " that choose a setting are in OUT/NAME-search. There, the grid's search.settings count"
          + " more than --set and its short forms."
    },
    mixinStandardHelpOptions = true)
final class GridCommand implements Callable<Integer> {
  private final Catalog catalog;
  private final PrintStream screen;

  @Parameters(paramLabel = "NAME", description = "Name of the grid (see nola list).")
  private String name;

  @Option(
      names = "--only",
      paramLabel = "P",
      split = ",",
      description =
          "Run only the cells of these axis points, such as methods or data sets; repeatable, or"
              + " P,P. An axis without a given point is run completely. Default: all cells.")
  private List<String> only = List.of();

  @Option(
      names = "--list",
      description =
          "Print the state of each cell, the seconds of its runs, and about how long those that are"
              + " left will take, without training. Default: off.")
  private boolean list;

  @Mixin private FormatOption format;

  @Mixin private SettingOptions settings;
  @Mixin private TrainingOptions training;
  @Mixin private NoteOption note;
  @Mixin private ConfigOptions configs;
  @Spec private CommandSpec spec;

  GridCommand(Catalog catalog, PrintStream screen) {
    this.catalog = catalog;
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    Grid grid = Grid.load(name, configs.loader()).with(settings.settings()).only(only);
    training.check();
    note.notes();
    ResultStore store = training.store();
    if (list) {
      format.print(GridStates.of(grid, new GridRecords(grid, store)), spec);
      return ExitCode.OK;
    }
    Map<String, List<String>> failures = train(grid, store);
    format.print(GridTable.of(grid, new GridRecords(grid, store)), spec);
    if (!failures.isEmpty()) {
      throw new UserException(
          failures.entrySet().stream()
              .map(cell -> describe(cell.getKey(), cell.getValue()))
              .collect(Collectors.joining("; ")));
    }
    return ExitCode.OK;
  }

  private Map<String, List<String>> train(Grid grid, ResultStore store) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    grid.cells().forEach(cell -> catalog.experiment(cell.experiment())); // before training starts
    Runner runner =
        new Runner(store, Progress.create(screen, err, 1), training.checkpointInterval());
    RunContext context = new RunContext(training.data(), store, err::println, note.notes());
    GridProgress progress = new GridProgress(grid.name(), GridRunner.count(grid), err);
    return new GridRunner(grid, catalog, runner, context, progress).run();
  }

  private static String describe(String cell, List<String> failures) {
    return "cell %s: %s%s"
        .formatted(cell, failures.get(0), failures.size() > 1 ? " (and others, see above)" : "");
  }
}
