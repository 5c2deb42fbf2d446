// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.grid.Grid;
import org.nola4j.experiments.grid.GridTable;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.ResultsTable;
import org.nola4j.experiments.spi.Catalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola table}. */
@Command(
    name = "table",
    description =
        "Prints the recorded results of an experiment next to the paper's, or of a grid: mean and"
            + " standard deviation over the runs of each cell that have the given settings.",
    mixinStandardHelpOptions = true)
final class TableCommand implements Runnable {
  private final Catalog catalog;

  @Parameters(
      paramLabel = "EXPERIMENT",
      description = "Name of the experiment or of the grid (see nola list).")
  private String experiment;

  @Option(
      names = {"--results", "--out"},
      paramLabel = "DIR",
      defaultValue = "out",
      description = "Folder with the results. Default: ./${DEFAULT-VALUE}")
  private Path results;

  @Mixin private FormatOption format;

  @Mixin private SettingOptions settings;
  @Mixin private ConfigOptions configs;
  @Spec private CommandSpec spec;

  TableCommand(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void run() {
    if (!Files.isDirectory(results)) {
      throw new UserException("--results: " + results + " is not a directory");
    }
    format.print(table(new ResultStore(results)), spec);
  }

  private Table table(ResultStore store) {
    if (configs.loader().grids().contains(experiment)) {
      Grid grid = Grid.load(experiment, configs.loader()).with(settings.settings());
      return grid.isList()
          ? table(grid.name(), GridTable.recorded(grid, store), configs.loader())
          : GridTable.results(grid, store);
    }
    if (!settings.settings().isEmpty()) {
      throw new UserException(
          "%s is not a grid, and its table has all recorded runs: omit --set and its short forms"
              .formatted(experiment));
    }
    if (!Files.isDirectory(store.folder(experiment))) {
      // A misspelled name is more likely than an experiment that was never run.
      catalog.experiment(experiment);
    }
    return table(store, experiment, configs.loader());
  }

  /** The table of all recorded results of an experiment. */
  static Table table(ResultStore store, String experiment, ConfigLoader loader) {
    return table(experiment, store.readAll(experiment), loader);
  }

  private static Table table(
      String experiment, List<ExperimentResult> results, ConfigLoader loader) {
    return ResultsTable.of(experiment, results, PaperFigures.of(loader, experiment));
  }
}
