package org.nola4j.experiments.cli;

import java.io.PrintWriter;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.table.TableFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola bench}. */
@Command(
    name = "bench",
    description = "Runs a benchmark on this machine.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Runnable {
  private final Catalog catalog;

  @Parameters(paramLabel = "NAME", description = "Name of the benchmark (see nola list).")
  private String name;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seconds to measure each row after warming up. Default: ${DEFAULT-VALUE}")
  private double seconds;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "markdown",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private TableFormat format;

  @Spec private CommandSpec spec;

  BenchCommand(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void run() {
    if (!(seconds > 0 && seconds <= 3600)) {
      throw new UserException("--seconds must be greater than 0 and at most 3600, was " + seconds);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(catalog.benchmark(name).run(seconds).render(format));
    out.flush();
  }
}
