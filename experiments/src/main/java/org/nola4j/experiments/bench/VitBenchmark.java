// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;

/**
 * Milliseconds per step of fine-tuning a vision transformer, by method, and of inference with the
 * merged network, on random weights and images.
 */
public final class VitBenchmark implements Benchmark {
  private static final String MODEL = "--model";
  private static final String METHOD = "--method";
  private static final String BATCH = "--batch";
  private static final String IMAGE_SIZE = "--image-size";
  private static final String DEFAULT_MODEL = "vit-base";
  private static final List<String> DEFAULT_METHODS =
      List.of("nola-mlp", "lora-rank4", "linear", "merged");
  private static final String WHAT =
      "Frozen weights with the adapters of vit-fewshot and a trained head with 10 classes. merged:"
          + " a plain network, as after merging.";
  private static final int IMAGE = 224;
  private static final int PATCH = 16;

  /** Not a method but the result of merging: a plain network. */
  private static final String MERGED = "merged";

  /** The experiment's method whose network is a plain one. */
  private static final String PLAIN = "full";

  @Override
  public String name() {
    return "vit";
  }

  @Override
  public String description() {
    return "a fine-tuning step of a vision transformer, and inference after merging";
  }

  @Override
  public List<BenchmarkOption> options() {
    String methods = String.join(",", DEFAULT_METHODS);
    return List.of(
        BenchmarkOption.of(
            MODEL,
            "NAME",
            DEFAULT_MODEL,
            "Network: " + StepModel.names(StepModel.TRANSFORMERS) + "."),
        BenchmarkOption.list(
            METHOD,
            "M",
            methods,
            "Method of vit-fewshot (see nola list), or merged for inference; repeatable, or M,M."),
        BenchmarkOption.of(BATCH, "N", "8", "Images per step."),
        BenchmarkOption.of(
            IMAGE_SIZE, "N", "" + IMAGE, "Height and width of the images, a multiple of 16."));
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    StepModel model =
        StepModel.named(settings.one(MODEL).orElse(DEFAULT_MODEL), StepModel.TRANSFORMERS);
    int batch = settings.count(BATCH).orElse(model.batch());
    int imageSize = imageSize(settings);
    List<List<Cell>> rows = new ArrayList<>();
    for (String method : methods(model, settings)) {
      StepTask task = task(method, model, batch, imageSize, settings.seconds());
      boolean trains = task.pass() == StepTask.Pass.TRAINING;
      rows.add(
          StepProcess.measure(task).row(trains ? task.label() : "%s, inference".formatted(method)));
    }
    return new Table(
        "Training step of %s, synthetic data: random weights and images, batch %s"
            .formatted(model.what(), StepModel.text(model.batchOf(batch, imageSize))),
        StepTimes.COLUMNS,
        rows,
        Stream.concat(Stream.of(WHAT), StepTimes.notes().stream()).toList());
  }

  private static int imageSize(BenchmarkSettings settings) {
    int size = settings.count(IMAGE_SIZE).orElse(IMAGE);
    if (size % PATCH != 0) {
      throw new UserException(
          "%s must be a multiple of %d, was %d".formatted(IMAGE_SIZE, PATCH, size));
    }
    return size;
  }

  /** The requested methods, checked before the first is measured. */
  private static List<String> methods(StepModel model, BenchmarkSettings settings) {
    List<String> asked = List.copyOf(new LinkedHashSet<>(settings.all(METHOD)));
    List<String> known =
        Stream.concat(
                ConfigLoader.packaged().methods(model.experiment().name()).stream(),
                Stream.of(MERGED))
            .toList();
    for (String method : asked) {
      if (!known.contains(method)) {
        throw new UserException(
            "%s must be one of %s, was %s%s"
                .formatted(
                    METHOD, String.join(", ", known), method, Suggestions.hint(method, known)));
      }
    }
    return asked.isEmpty() ? DEFAULT_METHODS : asked;
  }

  private static StepTask task(
      String method, StepModel model, int batch, int imageSize, double seconds) {
    return method.equals(MERGED)
        ? new StepTask(StepTask.Pass.INFERENCE, model, PLAIN, List.of(), batch, imageSize, seconds)
        : new StepTask(StepTask.Pass.TRAINING, model, method, List.of(), batch, imageSize, seconds);
  }
}
