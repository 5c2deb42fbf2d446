// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.nola4j.adapter.Adapter;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.grid.Grid;
import org.nola4j.experiments.grid.GridCell;
import org.nola4j.experiments.grid.GridRun;
import org.nola4j.experiments.network.Evaluation;
import org.nola4j.experiments.network.ImageData;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.RunContext;

/** The grid {@code demo}: every method once, on a subset of MNIST that comes with the program. */
public final class Demo {
  private static final String GRID = "demo";

  /** The cell that the other file sizes are compared with. */
  private static final String DENSE = "dense";

  /** The cell whose file is read into an untrained network. */
  private static final String READ = "nola";

  private final Grid grid;

  private Demo(Grid grid) {
    this.grid = grid;
  }

  /**
   * Loads the demo with some settings changed.
   *
   * @throws UserException if a setting cannot be changed
   */
  public static Demo load(ConfigLoader loader, List<Setting> changes) {
    return new Demo(Grid.load(GRID, loader).with(changes));
  }

  /** The runs to train. */
  public Grid grid() {
    return grid;
  }

  /** The recorded accuracy, trained numbers, and file size of every method. */
  public Table table(ResultStore store) {
    List<ExperimentResult> results = results(store);
    long dense = result(store, DENSE).adapterBytes();
    List<List<Cell>> rows =
        results.stream()
            .map(
                result ->
                    List.of(
                        Cell.of(result.method(), result.method()),
                        Cell.number("%.1f", 100 * result.finalMetrics().testAccuracy()),
                        Cell.number("%,d", result.parameters().trained()),
                        Cell.number("%,d", result.adapterBytes()),
                        Cell.of(part(result.adapterBytes(), dense), dense)))
            .toList();
    return new Table(
        "A perceptron with 203,264 weights, trained with every method on " + data(results).name(),
        List.of(
            Column.text("method", "method"),
            Column.number("test acc. %", "testAccuracyPercent"),
            Column.number("trained numbers", "trained"),
            Column.number("file, bytes", "adapterBytes"),
            Column.number("of the dense file", "denseBytes")),
        rows,
        List.of(
            "%s: %s. %,d training and %,d test images; the figures are for this subset, not for MNIST."
                .formatted(
                    data(results).name(),
                    data(results).note(),
                    data(results).trainExamples(),
                    data(results).testExamples())));
  }

  private static String part(long bytes, long dense) {
    return bytes == dense ? "all" : String.format(Locale.ROOT, "1/%d", dense / bytes);
  }

  /** The results in the order of the grid. */
  public List<ExperimentResult> results(ResultStore store) {
    return grid.cells().stream().map(cell -> result(store, cell.name())).toList();
  }

  private static DatasetSummary data(List<ExperimentResult> results) {
    return results.get(0).dataset();
  }

  private ExperimentResult result(ResultStore store, String cell) {
    return store.find(run(cell).id()).orElseThrow();
  }

  private GridRun run(String name) {
    GridCell cell =
        grid.cells().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    return grid.runs(cell, Optional.empty()).get(0);
  }

  /**
   * Reads NOLA's file into an untrained network.
   *
   * @throws IOException if the file cannot be read
   */
  public Reading read(Catalog catalog, RunContext context) throws IOException {
    GridRun run = run(READ);
    ExperimentConfig config = run.config();
    NetworkExperiment experiment = (NetworkExperiment) catalog.experiment(run.experiment());
    Network network = experiment.network(config, experiment.shape());
    Path file = context.results().adapterFile(run.id());
    try (ImageData images = ImageData.flat(config, context, experiment.shape())) {
      double before = Evaluation.of(network, images.testSet()).accuracy();
      network.apply(Adapter.read(file));
      double after = Evaluation.of(network, images.testSet()).accuracy();
      List<Digit> digits = Digit.first(network, images.testSet());
      return new Reading(file, Files.size(file), before, after, digits);
    }
  }

  /**
   * A file and what an untrained network does with it.
   *
   * @param file the file
   * @param bytes its size
   * @param before test accuracy without the file, 0 to 1
   * @param after test accuracy with the file, 0 to 1
   * @param digits test images with the predictions
   */
  public record Reading(Path file, long bytes, double before, double after, List<Digit> digits) {
    /** Copies the list. */
    public Reading {
      digits = List.copyOf(digits);
    }

    /** One line for the user. */
    public String describe() {
      return String.format(
          Locale.ROOT,
          "%s, %,d bytes, read into an untrained network: test accuracy %.1f %% before, %.1f %%"
              + " after",
          file,
          bytes,
          100 * before,
          100 * after);
    }
  }
}
