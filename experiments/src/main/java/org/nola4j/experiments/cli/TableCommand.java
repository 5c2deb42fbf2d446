// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.grid.Grid;
import org.nola4j.experiments.grid.GridChart;
import org.nola4j.experiments.grid.GridRecords;
import org.nola4j.experiments.grid.GridTable;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.Charts;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.ResultsTable;
import org.nola4j.experiments.spi.Catalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
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
            + " standard deviation over the runs of each cell that have the given settings. A cell of a"
            + " grid whose runs are all unfinished is shown as of its last epoch.",
    mixinStandardHelpOptions = true)
final class TableCommand implements Callable<Integer> {
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

  @Option(
      names = "--plot",
      paramLabel = "DIR",
      description =
          "Draw loss.png and accuracy.png over the epochs into this folder and, for a grid that"
              + " compares numbers of coefficients, trained.png. Default: no charts.")
  private Path plot;

  @Mixin private FormatOption format;

  @Mixin private SettingOptions settings;
  @Mixin private ConfigOptions configs;
  @Spec private CommandSpec spec;

  TableCommand(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(results)) {
      throw new UserException("--results: " + results + " is not a directory");
    }
    if (plot != null) {
      OutputFiles.requireFolder("--plot", plot);
    }
    ResultStore store = new ResultStore(results);
    if (configs.loader().grids().contains(experiment)) {
      print(Grid.load(experiment, configs.loader()).with(settings.settings()), store);
    } else {
      printExperiment(store);
    }
    return ExitCode.OK;
  }

  private void print(Grid grid, ResultStore store) throws IOException {
    GridRecords records = new GridRecords(grid, store);
    List<ExperimentResult> recorded = records.all();
    PaperFigures paper = paper(grid);
    format.print(
        grid.isList() ? ResultsTable.of(grid.name(), recorded, paper) : GridTable.of(grid, records),
        spec);
    draw(
        recorded,
        () -> {
          Charts.write(plot, grid.name(), recorded, paper);
          GridChart.write(grid, records, plot);
        });
  }

  private void printExperiment(ResultStore store) throws IOException {
    if (!settings.settings().isEmpty()) {
      throw new UserException(
          "%s is not a grid, and its table has all recorded runs: omit --set and its short forms"
              .formatted(experiment));
    }
    if (!Files.isDirectory(store.folder(experiment))) {
      // A misspelled name is more likely than an experiment that was never run.
      catalog.experiment(experiment);
    }
    List<ExperimentResult> recorded = store.readAll(experiment);
    PaperFigures paper = PaperFigures.of(configs.loader(), experiment);
    format.print(ResultsTable.of(experiment, recorded, paper), spec);
    draw(recorded, () -> Charts.write(plot, experiment, recorded, paper));
  }

  private PaperFigures paper(Grid grid) {
    String named = grid.config().paper();
    return named == null ? PaperFigures.NONE : PaperFigures.of(configs.loader(), named);
  }

  private void draw(List<ExperimentResult> recorded, OutputFiles.Drawing charts)
      throws IOException {
    if (plot == null) {
      return;
    }
    PrintWriter err = spec.commandLine().getErr();
    if (recorded.isEmpty()) {
      err.println("no charts: nothing is recorded");
      return;
    }
    Files.createDirectories(plot);
    OutputFiles.draw(charts, err::println);
  }

  /** The table of all recorded results of an experiment. */
  static Table table(ResultStore store, String experiment, ConfigLoader loader) {
    PaperFigures paper = PaperFigures.of(loader, experiment);
    return ResultsTable.of(experiment, store.readAll(experiment), paper);
  }
}
