// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.Experiment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code nola list}. */
@Command(
    name = "list",
    description = "Lists experiments with their methods, grids, and benchmarks.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Runnable {
  private static final int LEAST_WIDTH = 12;

  private final Catalog catalog;

  @Mixin private ConfigOptions configs;
  @Spec private CommandSpec spec;

  ListCommand(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    ConfigLoader loader = configs.loader();
    String line = "  %-" + width() + "s %s%n";
    out.println("Experiments (nola run NAME):");
    for (Experiment experiment : catalog.experiments()) {
      out.printf(line, experiment.name(), experiment.description());
      String methods = String.join(", ", methods(loader, experiment.name()));
      out.printf(line, "", "methods: " + methods);
    }
    out.println("Grids (nola grid NAME):");
    for (String grid : loader.grids()) {
      out.printf(line, grid, loader.grid(grid).title());
    }
    out.println("Benchmarks (nola bench NAME):");
    for (Benchmark benchmark : catalog.benchmarks()) {
      out.printf(line, benchmark.name(), benchmark.description());
    }
    out.flush();
  }

  private int width() {
    return Stream.concat(
            catalog.experiments().stream().map(Experiment::name),
            catalog.benchmarks().stream().map(Benchmark::name))
        .mapToInt(String::length)
        .reduce(LEAST_WIDTH, Math::max);
  }

  private static List<String> methods(ConfigLoader loader, String experiment) {
    return loader.methods(experiment).stream()
        .sorted(PaperFigures.of(loader, experiment).methodOrder())
        .toList();
  }
}
