// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.nola4j.basis.BasisKernels;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;

/**
 * Milliseconds per step of adapting a text encoder, by method, and to embed texts with it, on
 * random weights and tokens.
 */
public final class BertBenchmark implements Benchmark {
  private static final String METHOD = "--method";
  private static final String SET = "--set";
  private static final String BATCH = "--batch";
  private static final String TOKENS = "--tokens";
  private static final List<String> DEFAULT_METHODS =
      List.of("nola-mlp", "nola-qv", "lora-rank4", "head", "full");

  @Override
  public String name() {
    return "bert";
  }

  @Override
  public String description() {
    return "a step of adapting a text encoder, embedding of texts, and memory";
  }

  @Override
  public List<BenchmarkOption> options() {
    return List.of(
        BenchmarkOption.list(
            METHOD,
            "M",
            String.join(",", DEFAULT_METHODS),
            "Method of text-classification (see nola list); repeatable, or M,M."),
        BenchmarkOption.repeated(
            SET,
            "path=value",
            "base.file=minilm",
            "Change a setting in the configuration of every method, such as"
                + " base.file=bge-small; repeatable, as in nola run."),
        BenchmarkOption.of(BATCH, "N", "16", "Texts per step."),
        BenchmarkOption.of(TOKENS, "N", "128", "Tokens of each text."));
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    List<Setting> changes = settings.all(SET).stream().map(Setting::parse).toList();
    List<String> asked = List.copyOf(new LinkedHashSet<>(settings.all(METHOD)));
    List<BertTask> tasks =
        (asked.isEmpty() ? DEFAULT_METHODS : asked)
            .stream()
                .map(
                    method ->
                        new BertTask(
                            method,
                            changes,
                            settings.count(BATCH).orElse(16),
                            settings.count(TOKENS).orElse(128),
                            settings.seconds()))
                .toList();
    tasks.forEach(BertTask::check);
    List<List<Cell>> rows = new ArrayList<>();
    for (BertTask task : tasks) {
      rows.add(BertProcess.measure(task).row(task.method()));
    }
    BertTask first = tasks.get(0);
    return new Table(
        "Training step of a classifier over the encoder %s, random weights and tokens, batch %d x %d"
            .formatted(first.encoder(), first.batch(), first.tokens()),
        BertTimes.COLUMNS,
        rows,
        List.of(
            "Embedding: texts of as many tokens, adapters apart from the weights. The head, of %d classes, is trained by every method."
                .formatted(BertTask.CLASSES),
            "Peak: resident memory of a process that does nothing else, training and embedding"
                + " together. Kernel %s, %d threads."
                    .formatted(BasisKernels.active().name(), BasisKernels.threads())));
  }
}
