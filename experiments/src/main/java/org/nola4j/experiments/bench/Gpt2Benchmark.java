// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.nola4j.basis.BasisKernels;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;

/**
 * Milliseconds per step of adapting a GPT-2, by method, and tokens per second that it then writes,
 * on random weights and tokens.
 */
public final class Gpt2Benchmark implements Benchmark {
  private static final String METHOD = "--method";
  private static final String SET = "--set";
  private static final String BATCH = "--batch";
  private static final String TOKENS = "--tokens";
  private static final String GENERATED = "--generated";
  private static final List<String> DEFAULT_METHODS = List.of("nola-qv", "lora-rank4", "full");

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("method", "method"),
          Column.number("trained", "trained"),
          Column.number("median ms", "medianMillis"),
          Column.number("min ms", "minMillis"),
          Column.number("greedy tokens/s", "greedy"),
          Column.number("10 beams tokens/s", "beams"),
          Column.number("peak MB", "peakBytes"));

  @Override
  public String name() {
    return "gpt2";
  }

  @Override
  public String description() {
    return "a step of adapting a GPT-2, cached generation, and memory";
  }

  @Override
  public List<BenchmarkOption> options() {
    return List.of(
        BenchmarkOption.list(
            METHOD,
            "M",
            String.join(",", DEFAULT_METHODS),
            "Method of gpt2-nlg (see nola list); repeatable, or M,M."),
        BenchmarkOption.repeated(
            SET,
            "path=value",
            "none",
            "Change a setting in the configuration of every method, such as"
                + " model.network=gpt2-medium, model.width=256, model.blocks=6 or"
                + " model.vocabulary=8192; repeatable, as in nola run."),
        BenchmarkOption.of(BATCH, "N", "8", "Texts per step."),
        BenchmarkOption.of(TOKENS, "N", "128", "Tokens of each text."),
        BenchmarkOption.of(
            GENERATED, "N", "32", "Tokens that are written, after a prompt of as many."));
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    List<Setting> changes = settings.all(SET).stream().map(Setting::parse).toList();
    List<String> asked = List.copyOf(new LinkedHashSet<>(settings.all(METHOD)));
    List<Gpt2Task> tasks =
        (asked.isEmpty() ? DEFAULT_METHODS : asked)
            .stream().map(method -> task(method, changes, settings)).toList();
    tasks.forEach(Gpt2Task::config); // a wrong setting is said before the first is measured
    List<List<Cell>> rows = new ArrayList<>();
    for (Gpt2Task task : tasks) {
      rows.add(row(task.method(), Gpt2Process.measure(task)));
    }
    Gpt2Task first = tasks.get(0);
    return new Table(
        "Training step and cached generation of a GPT-2 of width %d with %d blocks and %d tokens, random weights and tokens, batch %d x %d"
            .formatted(
                first.model().ownWidth(),
                first.model().ownBlocks(),
                first.model().ownVocabulary(),
                first.batch(),
                first.tokens()),
        COLUMNS,
        rows,
        List.of(
            "Tokens a second: %d tokens after a prompt of %d, one text at a time."
                .formatted(first.generated(), first.generated()),
            "Peak: resident memory of a process that does nothing else, training and generation"
                + " together. Kernel %s, %d threads."
                    .formatted(BasisKernels.active().name(), BasisKernels.threads())));
  }

  private static Gpt2Task task(String method, List<Setting> changes, BenchmarkSettings settings) {
    return new Gpt2Task(
        method,
        changes,
        settings.count(BATCH).orElse(8),
        settings.count(TOKENS).orElse(128),
        settings.count(GENERATED).orElse(32),
        settings.seconds());
  }

  private static List<Cell> row(String method, Gpt2Times times) {
    return List.of(
        Cell.of(method, method),
        Cell.number("%,d", times.trained()),
        Cell.number("%,.1f", times.medianMillis()),
        Cell.number("%,.1f", times.minMillis()),
        Cell.number("%,.1f", times.greedy()),
        Cell.number("%,.1f", times.beams()),
        PeakMemory.cell(times.peakBytes()));
  }
}
