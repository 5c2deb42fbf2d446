// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.results.Charts;
import org.nola4j.experiments.results.ConfigDifference;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.run.DivergedException;
import org.nola4j.experiments.run.LivePage;
import org.nola4j.experiments.run.Progress;
import org.nola4j.experiments.run.ProgressListener;
import org.nola4j.experiments.run.RunState;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.Cluster;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.spi.Step;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola run}. */
@Command(
    name = "run",
    description = {
      "Trains an experiment's methods and prints its table.",
      "Writes each result to OUT/EXPERIMENT/METHOD-seedS.json, with the trained numbers"
          + " (.safetensors) and the metrics of each epoch (.csv) next to it, and charts of all"
          + " methods (loss.png, accuracy.png)."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private static final Duration PAGE_INTERVAL = Duration.ofSeconds(5);

  private final Catalog catalog;
  private final PrintStream screen;

  @Parameters(paramLabel = "EXPERIMENT", description = "Name of the experiment (see nola list).")
  private String experimentName;

  @Option(
      names = "--method",
      paramLabel = "M",
      split = ",",
      description = "Method to train; repeatable, or M,M. Default: all methods of the experiment.")
  private List<String> methods = List.of();

  @Option(
      names = "--seed",
      paramLabel = "S",
      split = ",",
      description =
          "Seed; repeatable, or S,S, for one run per method and seed. Default: from the"
              + " configuration.")
  private List<Long> seeds = List.of();

  @Option(
      names = "--resume",
      description =
          "Skip finished runs and continue unfinished ones. Default: off; all runs start over.")
  private boolean resume;

  @Option(
      names = "--dry-run",
      description =
          "Print the full configuration and all parameter counts of each run as JSON, without"
              + " training; texts are read for their labels. Default: off.")
  private boolean dryRun;

  @Option(
      names = "--ui",
      description =
          "Write OUT/EXPERIMENT/progress.html, a page with live charts that reloads itself in the"
              + " browser. Default: off.")
  private boolean ui;

  @Mixin private ClusterOptions cluster;
  @Mixin private SettingOptions settings;
  @Mixin private TrainingOptions training;
  @Mixin private NoteOption note;
  @Mixin private ConfigOptions configs;
  @Spec private CommandSpec spec;

  RunCommand(Catalog catalog, PrintStream screen) {
    this.catalog = catalog;
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    Experiment experiment = catalog.experiment(experimentName);
    ConfigLoader loader = configs.loader();
    List<ExperimentConfig> runs = configurations(loader);
    if (dryRun) {
      RunContext context = new RunContext(training.data(), null, this::note);
      List<DryRun> plans = runs.stream().map(run -> DryRun.of(experiment, run, context)).toList();
      print(Json.text(plans) + "\n");
      return ExitCode.OK;
    }
    training.check();
    note.notes();
    List<DivergedException> diverged;
    try (ClusterOptions.Connection connection = cluster.connect()) {
      diverged =
          train(experiment, runs, PaperFigures.of(loader, experimentName), connection.cluster());
    }
    if (diverged.size() < runs.size()) {
      print(TableFormat.MARKDOWN.render(TableCommand.table(store(), experimentName, loader)));
    }
    if (!diverged.isEmpty()) {
      throw new UserException(
          diverged.stream().map(Throwable::getMessage).collect(Collectors.joining("; ")));
    }
    return ExitCode.OK;
  }

  /** One configuration per run, seed by seed, so that a table of all methods is available early. */
  private List<ExperimentConfig> configurations(ConfigLoader loader) {
    List<ExperimentConfig> runs = new ArrayList<>();
    for (List<Setting> seed : seedSettings()) {
      List<Setting> seeded = new ArrayList<>(settings.settings());
      seeded.addAll(seed);
      for (String method : chosenMethods(loader)) {
        runs.add(loader.load(experimentName, method, seeded));
      }
    }
    return runs;
  }

  private List<List<Setting>> seedSettings() {
    return seeds.isEmpty()
        ? List.of(List.of())
        : seeds.stream().distinct().map(seed -> List.of(Setting.of("seed", seed))).toList();
  }

  private List<String> chosenMethods(ConfigLoader loader) {
    if (!methods.isEmpty()) {
      return List.copyOf(new LinkedHashSet<>(methods));
    }
    PaperFigures paper = PaperFigures.of(loader, experimentName);
    return loader.methods(experimentName).stream().sorted(paper.methodOrder()).toList();
  }

  /** Trains every run and returns the errors of those that diverged and have no result. */
  private List<DivergedException> train(
      Experiment experiment,
      List<ExperimentConfig> configurations,
      PaperFigures paper,
      Optional<Cluster> machines)
      throws IOException {
    RunContext context =
        new RunContext(training.data(), store(), this::note, note.notes(), machines);
    List<ExperimentConfig> runs =
        unfinished(
            configurations.stream().map(run -> experiment.identified(run, context)).toList());
    ProgressListener shown = Progress.create(screen, spec.commandLine().getErr(), runs.size());
    ProgressListener progress = ProgressListener.all(List.of(new Replacements(runs), shown));
    if (!ui) {
      return train(experiment, runs, context, progress, paper);
    }
    Path page = store().folder(experimentName).resolve("progress.html");
    note("live charts for the browser: " + page.toAbsolutePath().normalize().toUri());
    try (LivePage live = new LivePage(page, PAGE_INTERVAL, this::note)) {
      return train(experiment, runs, context, ProgressListener.all(List.of(progress, live)), paper);
    }
  }

  private List<DivergedException> train(
      Experiment experiment,
      List<ExperimentConfig> runs,
      RunContext context,
      ProgressListener progress,
      PaperFigures paper)
      throws IOException {
    Runner runner = new Runner(store(), progress, training.checkpointInterval());
    List<DivergedException> diverged = new ArrayList<>();
    for (ExperimentConfig config : runs) {
      try {
        runner.run(experiment, config, context, resume);
        drawCharts(paper);
      } catch (DivergedException e) {
        diverged.add(e);
      }
    }
    return diverged;
  }

  /** Checks all runs before the first is trained, so that conflicts show at once. */
  private List<ExperimentConfig> unfinished(List<ExperimentConfig> configurations) {
    List<ExperimentConfig> unfinished = new ArrayList<>();
    for (ExperimentConfig config : configurations) {
      if (RunState.of(store(), config, resume) == RunState.FINISHED) {
        note(RunId.of(config) + ": already finished, skipped");
      } else {
        unfinished.add(config);
      }
    }
    return unfinished;
  }

  /** Says what a run will replace once it starts, so that one can still stop it. */
  private final class Replacements implements ProgressListener {
    private final Map<RunId, ExperimentConfig> runs;

    Replacements(List<ExperimentConfig> runs) {
      this.runs = runs.stream().collect(Collectors.toMap(RunId::of, run -> run, (a, b) -> a));
    }

    @Override
    public void started(
        RunId id, int epochsDone, int batchesDone, int epochs, int batchesPerEpoch, Step step) {
      if (!resume) {
        noteReplaced(runs.get(id));
      }
    }
  }

  private void noteReplaced(ExperimentConfig config) {
    RunId id = RunId.of(config);
    if (Files.exists(store().checkpointFile(id))) {
      note(id + ": will replace an unfinished run, which --resume continues");
    }
    try {
      store()
          .find(id)
          .map(before -> ConfigDifference.between(before.config(), Json.tree(config)))
          .filter(differences -> !differences.isEmpty())
          .ifPresent(
              differences ->
                  note(
                      "%s: will replace the result of another configuration: %s"
                          .formatted(id, ConfigDifference.text(differences))));
    } catch (UserException malformed) {
      note("%s: will replace what is no result: %s".formatted(id, malformed.getMessage()));
    }
  }

  private void drawCharts(PaperFigures paper) throws IOException {
    OutputFiles.draw(
        () ->
            Charts.write(
                store().folder(experimentName),
                experimentName,
                store().readAll(experimentName),
                paper),
        this::note);
  }

  private ResultStore store() {
    return training.store();
  }

  private void note(String line) {
    spec.commandLine().getErr().println(line);
  }

  private void print(String text) {
    PrintWriter writer = spec.commandLine().getOut();
    writer.print(text);
    writer.flush();
  }
}
