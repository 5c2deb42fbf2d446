package org.nola4j.experiments.cli;

import java.io.PrintWriter;
import java.util.List;
import org.nola4j.experiments.config.ConfigLoader;
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
    description = "Lists experiments with their methods, and benchmarks.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Runnable {
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
    out.println("Experiments (nola run NAME):");
    for (Experiment experiment : catalog.experiments()) {
      out.printf("  %-12s %s%n", experiment.name(), experiment.description());
      out.printf(
          "  %-12s methods: %s%n", "", String.join(", ", methods(loader, experiment.name())));
    }
    out.println("Benchmarks (nola bench NAME):");
    for (Benchmark benchmark : catalog.benchmarks()) {
      out.printf("  %-12s %s%n", benchmark.name(), benchmark.description());
    }
    out.flush();
  }

  private static List<String> methods(ConfigLoader loader, String experiment) {
    return loader.methods(experiment).stream()
        .sorted(ConfigOptions.paper(loader, experiment).methodOrder())
        .toList();
  }
}
