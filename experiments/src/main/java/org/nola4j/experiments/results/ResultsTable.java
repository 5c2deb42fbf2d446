// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nola4j.experiments.metrics.TextMetric;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.results.PaperFigures.Figures;

/**
 * Recorded results next to the paper's figures: one row per method, mean ± standard deviation over
 * seeds.
 */
public final class ResultsTable {
  /** Marks results on stand-in data. */
  private static final String STAND_IN = "†";

  /** Marks results on real data that is not in the paper. */
  private static final String OTHER_DATA = "‡";

  private static final String NOTHING = "–";

  private final List<RunGroup> groups;
  private final PaperFigures paper;
  private final List<Column> columns = new ArrayList<>();
  private final List<Function<RunGroup, Cell>> cells = new ArrayList<>();

  private ResultsTable(List<RunGroup> groups, PaperFigures paper) {
    this.groups = groups;
    this.paper = paper;
  }

  /** Creates the table of an experiment's results, without empty columns. */
  public static Table of(String experiment, List<ExperimentResult> results, PaperFigures paper) {
    ResultsTable table =
        new ResultsTable(RunGroup.of(results, paper.methodOrder()), paper).addColumns();
    List<List<Cell>> rows =
        table.groups.stream()
            .map(group -> table.cells.stream().map(cell -> cell.apply(group)).toList())
            .toList();
    return new Table(table.title(experiment), table.columns, rows, table.notes());
  }

  private ResultsTable addColumns() {
    add(
        new Column("method", List.of("method", "dataset", "standIn"), false),
        group ->
            Cell.of(
                group.label() + mark(group),
                group.label(),
                group.first().dataset().name(),
                group.standIn()));
    count("coefficients", "coefficients", ParameterCounts::coefficients);
    count("biases", "biases", ParameterCounts::biases);
    if (any(ParameterCounts::batchNormAffine) || any(ParameterCounts::batchNormStatistics)) {
      count("batch norm", "batchNormAffine", ParameterCounts::batchNormAffine);
      count("its statistics", "batchNormStatistics", ParameterCounts::batchNormStatistics);
    }
    paper("paper's trained", "paperTrained", 1, 0, Figures::trained);
    add(
        Column.number("adapter bytes", "adapterBytes"),
        group ->
            group.first().adapterBytes() == 0
                ? Cell.of(NOTHING, (Object) null)
                : whole(group.first().adapterBytes()));
    add(
        Column.number("epochs", "epochs"),
        group -> Cell.of(group.first().epochCount(), group.first().epochs().size()));
    measured("train loss", "trainLoss", 1, 4, run -> run.finalMetrics().trainLoss());
    paper("paper's loss", "paperTrainLoss", 1, 2, Figures::trainLoss);
    measured("train acc. %", "trainAccuracy", 100, 2, run -> run.finalMetrics().trainAccuracy());
    paper("paper's train acc. %", "paperTrainAccuracy", 100, 2, Figures::trainAccuracy);
    String measured = writesTexts() ? "valid." : "test";
    measured(
        measured + " acc. %", "testAccuracy", 100, 2, run -> run.finalMetrics().testAccuracy());
    paper("paper's test acc. %", "paperTestAccuracy", 100, 2, Figures::testAccuracy);
    measured(
        "best %s acc. %%".formatted(measured),
        "bestTestAccuracy",
        100,
        2,
        ResultsTable::bestTestAccuracy);
    bits().forEach(this::quantized);
    if (writesTexts()) {
      optional("valid. loss", "testLoss", 1, 4, run -> run.finalMetrics().testLoss());
      paper("paper's valid. loss", "paperTestLoss", 1, 2, Figures::validationLoss);
    }
    if (results().anyMatch(run -> run.finalMetrics().mmlu() != null)) {
      optional("MMLU %", "mmlu", 100, 2, run -> run.finalMetrics().mmlu());
      paper("paper's MMLU %", "paperMmlu", 1, 1, Figures::mmlu);
    }
    Arrays.stream(TextMetric.values()).forEach(this::text);
    measured("ms per batch", "millisPerBatch", 1, 2, run -> run.timing().millisPerBatchMedian());
    measured("seconds", "seconds", 1, 1, run -> run.timing().secondsTotal());
    paper("paper's seconds", "paperSeconds", 1, 0, Figures::seconds);
    add(
        Column.number("runs", "runs"),
        group -> whole(group.results().stream().filter(run -> !run.unfinished()).count()));
    return this;
  }

  /** Whether these are language models, which are measured on validation sets. */
  private boolean writesTexts() {
    return results().anyMatch(run -> run.finalMetrics().testLoss() != null);
  }

  private String mark(RunGroup group) {
    if (group.standIn()) {
      return " " + STAND_IN;
    }
    return paper.isOther(group.first().dataset()) ? " " + OTHER_DATA : "";
  }

  private static double bestTestAccuracy(ExperimentResult run) {
    return run.best() == null ? run.finalMetrics().testAccuracy() : run.best().testAccuracy();
  }

  private void add(Column column, Function<RunGroup, Cell> cell) {
    columns.add(column);
    cells.add(cell);
  }

  private void count(String title, String key, Function<ParameterCounts, Long> count) {
    add(Column.number(title, key), group -> whole(count.apply(group.first().parameters())));
  }

  private boolean any(Function<ParameterCounts, Long> count) {
    return groups.stream().anyMatch(group -> count.apply(group.first().parameters()) != 0);
  }

  /** Adds a mean over seeds, shown in units of 1 / factor. */
  private void measured(
      String title,
      String key,
      int factor,
      int decimals,
      ToDoubleFunction<ExperimentResult> value) {
    add(
        Column.number(title, key, key + "StandardDeviation"),
        group -> mean(group.results(), factor, decimals, value));
  }

  private Stream<ExperimentResult> results() {
    return groups.stream().flatMap(group -> group.results().stream());
  }

  /** Adds a metric of generated texts, if measured. */
  private void text(TextMetric metric) {
    String key = metric.key();
    if (results().anyMatch(run -> run.finalMetrics().texts().containsKey(key))) {
      int factor = (int) metric.tableScale();
      optional(metric.title(), key, factor, 2, run -> run.finalMetrics().texts().get(key));
      paper(
          "paper's " + metric.family(), "paper-" + key, 1, 2, figures -> figures.texts().get(key));
      bits().forEach(bits -> quantized(metric, bits));
    }
  }

  private void quantized(TextMetric metric, int bits) {
    optional(
        "%s at %d bits".formatted(metric.title(), bits),
        "%s%dBits".formatted(metric.key(), bits),
        (int) metric.tableScale(),
        2,
        run ->
            run.finalMetrics().quantized().stream()
                .filter(each -> each.bits() == bits)
                .map(each -> each.texts().get(metric.key()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null));
  }

  /** Adds a mean over those seeds that have the value. */
  private void optional(
      String title,
      String key,
      int factor,
      int decimals,
      Function<ExperimentResult, Double> value) {
    add(
        Column.number(title, key, key + "StandardDeviation"),
        group -> {
          List<Double> found =
              group.results().stream().map(value).filter(Objects::nonNull).toList();
          return found.isEmpty()
              ? Cell.of(NOTHING, null, null)
              : mean(found, factor, decimals, Double::doubleValue);
        });
  }

  private static <T> Cell mean(List<T> runs, int factor, int decimals, ToDoubleFunction<T> value) {
    MeanAndDeviation exact = MeanAndDeviation.of(runs, value);
    if (Double.isNaN(exact.mean())) {
      return Cell.of(NOTHING, null, null); // was not measured, as in unfinished runs
    }
    MeanAndDeviation shown = MeanAndDeviation.of(runs, run -> factor * value.applyAsDouble(run));
    return Cell.of(shown.text(decimals), exact.mean(), exact.deviation());
  }

  /**
   * The numbers of bits that coefficients were quantized to after training, in descending order.
   */
  private List<Integer> bits() {
    return groups.stream()
        .flatMap(group -> group.results().stream())
        .flatMap(run -> run.finalMetrics().quantized().stream())
        .map(QuantizedMetrics::bits)
        .distinct()
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  /** Adds test accuracies with quantized coefficients, if measured. */
  private void quantized(int bits) {
    String key = "testAccuracy%dBits".formatted(bits);
    add(
        Column.number("at %d bits".formatted(bits), key, key + "StandardDeviation"),
        group -> {
          List<QuantizedMetrics> runs =
              group.results().stream()
                  .flatMap(run -> run.finalMetrics().quantized().stream())
                  .filter(metrics -> metrics.bits() == bits)
                  .toList();
          return runs.isEmpty()
              ? Cell.of(NOTHING, null, null)
              : mean(runs, 100, 2, QuantizedMetrics::testAccuracy);
        });
  }

  /** Adds a figure of the paper, if it has one for any method. */
  private void paper(
      String title, String key, int factor, int decimals, Function<Figures, Number> figure) {
    if (paper.has(figure)) {
      add(
          Column.number(title, key),
          group -> {
            Number value = figure.apply(paper.beside(group.first()));
            return Cell.of(number(value, factor, decimals), value);
          });
    }
  }

  private static String number(Number value, int factor, int decimals) {
    return value == null
        ? NOTHING
        : String.format(Locale.ROOT, "%,." + decimals + "f", factor * value.doubleValue());
  }

  private static Cell whole(long value) {
    return Cell.of(String.format(Locale.ROOT, "%,d", value), value);
  }

  private String title(String experiment) {
    List<String> data =
        groups.stream().map(group -> group.first().dataset().name()).distinct().toList();
    return "Experiment %s on %s".formatted(experiment, String.join(", ", data));
  }

  /** The names of the data sets of a kind, separated by commas. */
  private String dataSets(Predicate<DatasetSummary> kind) {
    return groups.stream()
        .map(group -> group.first().dataset())
        .filter(kind)
        .map(DatasetSummary::name)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    String standIns = dataSets(DatasetSummary::standIn);
    if (!standIns.isEmpty()) {
      notes.add(
          STAND_IN
              + " Measured on stand-in data (%s), generated instead of the real set: not comparable"
                  .formatted(standIns)
              + " with the paper's figures.");
    }
    String others = dataSets(paper::isOther);
    if (!others.isEmpty()) {
      notes.add(
          OTHER_DATA
              + " Measured on %s, but the paper's figures are for %s and are not shown."
                  .formatted(others, paper.datasets()));
    }
    groups.stream()
        .map(group -> group.first().dataset())
        .filter(data -> data.note() != null)
        .map(data -> "Data set %s: %s.".formatted(data.name(), data.note()))
        .distinct()
        .forEach(notes::add);
    Conditions.note(groups).ifPresent(notes::add);
    String mixed =
        groups.stream()
            .flatMap(group -> group.results().stream())
            .filter(run -> !run.environment().earlier().isEmpty())
            .map(run -> "%s seed %d".formatted(run.method(), run.seed()))
            .collect(Collectors.joining(", "));
    if (!mixed.isEmpty()) {
      notes.add(
          "Resumed with another number of threads, processor, or version, so no single command reproduces the last digits: %s."
              .formatted(mixed));
    }
    notes.add(
        "%s accuracy is that of the last epoch. The best accuracy is that of the best epoch on the %s set, so it is biased upward."
            .formatted(
                writesTexts() ? "Validation" : "Test", writesTexts() ? "validation" : "test"));
    if (!bits().isEmpty()) {
      notes.add(
          "At n bits: with the coefficients quantized after training, %s accuracy in %% unless it says otherwise; at 16 bits, all numbers are in half precision."
              .formatted(writesTexts() ? "validation" : "test"));
    }
    if (writesTexts()) {
      notes.add(
          "Accuracies and losses are of next tokens of given texts, of the validation set or of"
              + " texts held out; the other scores are of texts written for the test set.");
    }
    if (results().anyMatch(run -> run.finalMetrics().mmlu() != null)) {
      notes.add("MMLU: mean over its 57 subjects of the share of right answers; chance is 25 %.");
    }
    if (results().anyMatch(ExperimentResult::unfinished)) {
      notes.add(ExperimentResult.UNFINISHED);
    }
    if (groups.stream().anyMatch(group -> group.results().size() > 1)) {
      notes.add("Mean ± sample standard deviation over seeds.");
    }
    paper
        .sources(groups.stream().map(group -> group.first().dataset()))
        .forEach(source -> notes.add("The paper's figures: " + source + "."));
    return notes;
  }
}
