// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkOption.Values;
import org.nola4j.experiments.spi.BenchmarkSettings;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code nola bench}: a subcommand for each benchmark, with the options that it declares. */
@Command(
    name = "bench",
    description = "Runs a benchmark on this machine.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "NAME")
final class BenchCommand {
  private static final int MOST_SECONDS = 3600;

  private BenchCommand() {}

  static CommandLine of(List<Benchmark> benchmarks) {
    CommandLine command = new CommandLine(new BenchCommand());
    benchmarks.forEach(each -> command.addSubcommand(each.name(), One.command(each)));
    return command;
  }

  /** One benchmark. */
  @Command(mixinStandardHelpOptions = true)
  private static final class One implements Runnable {
    private final Benchmark benchmark;

    @Option(
        names = "--seconds",
        paramLabel = "S",
        defaultValue = "1",
        description = "Seconds to measure each row, after a warm-up. Default: ${DEFAULT-VALUE}")
    private double seconds;

    @Mixin private FormatOption format;

    @Spec private CommandSpec spec;

    private One(Benchmark benchmark) {
      this.benchmark = benchmark;
    }

    static CommandLine command(Benchmark benchmark) {
      CommandSpec spec = CommandSpec.forAnnotatedObject(new One(benchmark));
      spec.usageMessage().description("Measures " + benchmark.description() + ".");
      benchmark.options().forEach(option -> spec.addOption(picocli(option)));
      return new CommandLine(spec);
    }

    private static OptionSpec picocli(BenchmarkOption option) {
      return OptionSpec.builder(option.name())
          .paramLabel(option.value())
          .type(option.values() == Values.ONE ? String.class : List.class)
          .auxiliaryTypes(String.class)
          .splitRegex(option.values() == Values.LIST ? "," : "")
          .description("%s Default: %s".formatted(option.description(), option.defaultText()))
          .build();
    }

    @Override
    public void run() {
      if (!(seconds > 0 && seconds <= MOST_SECONDS)) {
        throw new UserException(
            "--seconds must be greater than 0 and at most %d, was %s"
                .formatted(MOST_SECONDS, seconds));
      }
      format.print(benchmark.run(new BenchmarkSettings(seconds, given())), spec);
    }

    private Map<String, List<String>> given() {
      Map<String, List<String>> given = new LinkedHashMap<>();
      for (BenchmarkOption option : benchmark.options()) {
        Object value = spec.findOption(option.name()).getValue();
        if (value instanceof List<?> several) {
          given.put(option.name(), several.stream().map(Object::toString).toList());
        } else if (value != null) {
          given.put(option.name(), List.of(value.toString()));
        }
      }
      return given;
    }
  }
}
