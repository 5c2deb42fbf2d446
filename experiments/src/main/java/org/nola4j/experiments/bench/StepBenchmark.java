// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;

/**
 * Milliseconds per training step on random data, by method. Methods are the configurations of the
 * experiment that trains the network.
 */
public final class StepBenchmark implements Benchmark {
  private static final String MODEL = "--model";
  private static final String METHOD = "--method";
  private static final String BASES = "--bases";
  private static final String SET = "--set";
  private static final String BATCH = "--batch";
  private static final String IMAGE_SIZE = "--image-size";

  private static final List<BenchmarkOption> OPTIONS =
      List.of(
          BenchmarkOption.of(
              MODEL,
              "NAME",
              "mlp",
              "Network to train: " + StepModel.names(StepModel.SCRATCH) + "."),
          BenchmarkOption.list(
              METHOD,
              "M",
              "all",
              "Method of the network's experiment (see nola list); repeatable, or M,M."),
          BenchmarkOption.list(
              BASES,
              "B",
              "separate",
              "separate, shared (by layers of the same shape), or separate,shared for both."),
          BenchmarkOption.repeated(
              SET,
              "path=value",
              "none",
              "Change a setting in the configuration of every method, for example"
                  + " reparameterization.w0=none; repeatable, as in nola run."),
          BenchmarkOption.of(
              BATCH, "N", "512, 128, or 64, depending on the network", "Examples per step."),
          BenchmarkOption.of(
              IMAGE_SIZE,
              "N",
              "32 or 224, depending on the network",
              "Height and width of the images of a residual network."));

  @Override
  public String name() {
    return "step";
  }

  @Override
  public String description() {
    return "time and memory of a training step, by method";
  }

  @Override
  public List<BenchmarkOption> options() {
    return OPTIONS;
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    StepModel model = StepModel.named(settings.one(MODEL).orElse("mlp"), StepModel.SCRATCH);
    int batch = settings.count(BATCH).orElse(model.batch());
    int imageSize = settings.count(IMAGE_SIZE).orElse(0);
    if (imageSize != 0 && !model.takesImages()) {
      throw new UserException(IMAGE_SIZE + ": " + model.name() + " takes flat features");
    }
    List<Boolean> bases = bases(settings);
    List<Setting> changes = settings.all(SET).stream().map(Setting::parse).toList();
    Map<String, StepTimes> times = new LinkedHashMap<>();
    for (String method : methods(model, settings, changes)) {
      for (boolean shared : hasBases(model, method, changes) ? bases : List.of(false)) {
        StepTask task =
            new StepTask(
                StepTask.Pass.TRAINING,
                model,
                method,
                shared ? and(changes, StepTask.SHARED_BASES) : changes,
                batch,
                imageSize,
                settings.seconds());
        times.put(task.label(), StepProcess.measure(task));
      }
    }
    return new Table(
        "Training step of the %s, random data, batch %s"
            .formatted(model.what(), StepModel.text(model.batchOf(batch, imageSize))),
        StepTimes.COLUMNS,
        times.entrySet().stream().map(each -> each.getValue().row(each.getKey())).toList(),
        notes(times, changes));
  }

  private static List<Setting> and(List<Setting> settings, Setting more) {
    return Stream.concat(settings.stream(), Stream.of(more)).toList();
  }

  /** Whether bases are shared, for each requested variant. */
  private static List<Boolean> bases(BenchmarkSettings settings) {
    List<String> asked = settings.all(BASES);
    return asked.isEmpty()
        ? List.of(false)
        : asked.stream().map(StepBenchmark::shared).distinct().toList();
  }

  private static boolean shared(String bases) {
    return switch (bases) {
      case "separate" -> false;
      case "shared" -> true;
      default ->
          throw new UserException(
              "%s must be separate or shared, was %s%s"
                  .formatted(BASES, bases, Suggestions.hint(bases, List.of("separate", "shared"))));
    };
  }

  private static boolean hasBases(StepModel model, String method, List<Setting> changes) {
    return ConfigLoader.packaged()
        .load(model.experiment().name(), method, changes)
        .reparameterization()
        .hasBases();
  }

  /** The requested methods, checked before the first is measured, or all. */
  private static List<String> methods(
      StepModel model, BenchmarkSettings settings, List<Setting> changes) {
    ConfigLoader loader = ConfigLoader.packaged();
    String experiment = model.experiment().name();
    List<String> asked = List.copyOf(new LinkedHashSet<>(settings.all(METHOD)));
    PaperFigures paper = PaperFigures.of(loader, experiment);
    List<String> methods =
        asked.isEmpty()
            ? loader.methods(experiment).stream().sorted(paper.methodOrder()).toList()
            : asked;
    methods.forEach(method -> loader.load(experiment, method, changes));
    return methods;
  }

  private static List<String> notes(Map<String, StepTimes> times, List<Setting> changes) {
    List<String> notes = new ArrayList<>();
    if (!changes.isEmpty()) {
      notes.add(
          "With " + String.join(", ", changes.stream().map(Setting::toString).toList()) + ".");
    }
    StepTimes nola = times.get("nola");
    times.forEach(
        (method, each) -> {
          if (nola != null && method.startsWith("pranc")) {
            notes.add(ratio(method, each.medianMillis() / nola.medianMillis()));
          }
        });
    notes.addAll(StepTimes.notes());
    return notes;
  }

  private static String ratio(String method, double ratio) {
    return String.format(
        Locale.ROOT,
        "%s : nola = %.1f here; in the paper, PRANC : NOLA = 4.6 (ResNet18, batch 256, one RTX"
            + " 3090).",
        method,
        ratio);
  }
}
