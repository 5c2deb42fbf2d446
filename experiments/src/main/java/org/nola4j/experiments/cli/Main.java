// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.metrics.Protocol;
import org.nola4j.experiments.metrics.TextMetric;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.run.EnvironmentProbe;
import org.nola4j.experiments.spi.Catalog;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The program {@code nola}. */
@Command(
    name = "nola",
    description = {
      "Experiments with networks whose weights are a few trained coefficients and a seed.",
      ""
    },
    footer = {
      "",
      "Example: nola run mnist --epochs 10 && nola table mnist",
      "Exit status: 0 done, 1 internal error, 2 wrong input."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = HelpCommand.class)
public final class Main {
  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show Deeplearning4j's messages and stack traces of errors. Default: off.")
  private boolean verbose;

  private Main() {}

  /** Prints versions for {@code --version}. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {EnvironmentProbe.libraryVersion()};
    }
  }

  /** Runs the command line and exits with its status. */
  public static void main(String[] args) {
    // Charts are drawn into files; without this, Java looks for a display.
    System.setProperty("java.awt.headless", "true");
    PrintStream screen = QuietStandardOut.install();
    int status = execute(commandLine(Catalog.installed(), screen), args);
    FilteredStandardError.drain();
    System.exit(status);
  }

  /** The main method of an experiment: {@code nola run <experiment> <args>}. */
  public static void runExperiment(String experiment, String... args) {
    List<String> all = new ArrayList<>(List.of("run", experiment));
    all.addAll(List.of(args));
    main(all.toArray(String[]::new));
  }

  /** Builds the command line for a catalog; the screen is for progress bars. */
  static CommandLine commandLine(Catalog catalog, PrintStream screen) {
    Main main = new Main();
    CommandLine commandLine =
        new CommandLine(main)
            .addSubcommand(new DemoCommand(catalog, screen))
            .addSubcommand(new ListCommand(catalog))
            .addSubcommand(new RunCommand(catalog, screen))
            .addSubcommand(new GridCommand(catalog, screen))
            .addSubcommand(new TableCommand(catalog))
            .addSubcommand(new InspectCommand(catalog))
            .addSubcommand(new ExportCommand())
            .addSubcommand(new MergeCommand())
            .addSubcommand(new ClassifyCommand())
            .addSubcommand(new GenerateCommand())
            .addSubcommand(new ScoreCommand())
            .addSubcommand(new EvalCommand())
            .addSubcommand(new CoverageCommand(screen))
            .addSubcommand(new QuantizeCommand())
            .addSubcommand(BenchCommand.of(catalog.benchmarks()));
    return commandLine
        .registerConverter(TableFormat.class, text -> named(TableFormat.values(), text))
        .registerConverter(TextMetric.class, text -> named(TextMetric.values(), text))
        .registerConverter(Protocol.class, text -> named(Protocol.values(), text))
        .setUsageHelpWidth(100)
        .setParameterExceptionHandler(Errors::handle)
        .setExecutionExceptionHandler(
            (e, command, result) -> Errors.handle(e, command, main.verbose))
        .setExecutionStrategy(
            result -> {
              Logging.configure(main.verbose);
              return new RunLast().execute(result);
            });
  }

  /** The value that is written so. */
  private static <T> T named(T[] values, String text) {
    List<T> all = List.of(values);
    return all.stream()
        .filter(value -> value.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () -> new TypeConversionException("must be one of %s, was %s".formatted(all, text)));
  }

  private static int execute(CommandLine commandLine, String... args) {
    try {
      return commandLine.execute(args);
    } catch (Error e) {
      // Native libraries that do not load, or no memory: picocli does not handle these.
      return Errors.handle(e, commandLine, List.of(args).contains("--verbose"));
    }
  }
}
