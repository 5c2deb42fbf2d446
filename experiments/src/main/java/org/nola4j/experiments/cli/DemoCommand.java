// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.demo.Demo;
import org.nola4j.experiments.demo.DemoPicture;
import org.nola4j.experiments.grid.GridRunner;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.GridProgress;
import org.nola4j.experiments.run.Progress;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.RunContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code nola demo}. */
@Command(
    name = "demo",
    description = {
      "Shows what the library is for, in a minute or two and without downloads: trains a perceptron"
          + " with every method on a subset of MNIST that comes with the program, and compares"
          + " accuracies and file sizes.",
      "Then reads NOLA's file into an untrained network. Writes the runs and demo.png to OUT/demo;"
          + " finished runs are reused."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final Duration CHECKPOINTS = Duration.ofMinutes(5);

  private final Catalog catalog;
  private final PrintStream screen;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Epochs to train each method. Default: from the configuration.")
  private Integer epochs;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "out",
      description = "Folder for results. Default: ./${DEFAULT-VALUE}")
  private Path out;

  @Spec private CommandSpec spec;

  DemoCommand(Catalog catalog, PrintStream screen) {
    this.catalog = catalog;
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    Demo demo = Demo.load(ConfigLoader.packaged(), changes());
    OutputFiles.requireFolder("--out", out);
    PrintWriter err = spec.commandLine().getErr();
    ResultStore store = new ResultStore(out);
    RunContext context = new RunContext(Optional.empty(), store, err::println);
    Runner runner = new Runner(store, Progress.create(screen, err, 1), CHECKPOINTS);
    GridProgress progress = new GridProgress("demo", GridRunner.count(demo.grid()), err);
    Map<String, List<String>> failures =
        new GridRunner(demo.grid(), catalog, runner, context, progress).run();
    if (!failures.isEmpty()) {
      throw new UserException(
          "demo: %s: see above".formatted(String.join(", ", failures.keySet())));
    }
    show(demo, context);
    return ExitCode.OK;
  }

  private List<Setting> changes() {
    return epochs == null ? List.of() : List.of(Setting.of("training.epochs", epochs));
  }

  private void show(Demo demo, RunContext context) throws IOException {
    PrintWriter writer = spec.commandLine().getOut();
    writer.println(TableFormat.MARKDOWN.render(demo.table(context.results())));
    Demo.Reading reading = demo.read(catalog, context);
    writer.println(reading.describe());
    Path picture = context.results().folder("demo").resolve("demo.png");
    if (OutputFiles.draw(
        () -> DemoPicture.write(demo.results(context.results()), reading, picture),
        context.notes())) {
      writer.println("Picture: " + picture);
    }
    writer.flush();
  }
}
