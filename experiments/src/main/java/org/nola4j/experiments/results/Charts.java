// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nola4j.experiments.report.LineCharts;

/** Charts of all methods over the epochs, as PNG files. */
public final class Charts {
  /**
   * Above this ratio of largest to smallest loss, a linear axis would flatten the curves of good
   * methods.
   */
  private static final double LOGARITHMIC_FROM = 20;

  private Charts() {}

  /**
   * Writes {@code loss.png} and, if it was measured, {@code accuracy.png}.
   *
   * @param folder for both
   * @param experiment its name, or a grid's, for the titles
   */
  public static void write(
      Path folder, String experiment, List<ExperimentResult> results, PaperFigures paper)
      throws IOException {
    List<RunGroup> groups = RunGroup.of(results, paper.methodOrder());
    XYChart loss = chart(experiment, "training loss", groups, EpochResult::trainLoss);
    loss.getStyler().setYAxisLogarithmic(spreadsWidely(groups));
    save(loss, folder.resolve("loss.png"));
    XYChart accuracy = chart(experiment, "test accuracy, %", groups, Charts::testPercent);
    save(accuracy, folder.resolve("accuracy.png"));
  }

  /** Unless there is nothing to show: the accuracy may not have been measured yet. */
  private static void save(XYChart chart, Path file) throws IOException {
    if (!chart.getSeriesMap().isEmpty()) {
      LineCharts.save(chart, file);
    }
  }

  /** NaN if it was not measured. */
  private static double testPercent(EpochResult epoch) {
    return epoch.testAccuracy() == null ? Double.NaN : 100 * epoch.testAccuracy();
  }

  private static XYChart chart(
      String experiment,
      String quantity,
      List<RunGroup> groups,
      ToDoubleFunction<EpochResult> value) {
    XYChart chart = LineCharts.create(title(experiment, quantity, groups), "epoch", quantity);
    // A margin of half an epoch, without which XChart labels every sixth epoch instead of round
    // numbers.
    chart.getStyler().setXAxisMin(0.5).setXAxisMax(epochs(groups) + 0.5);
    for (int i = 0; i < groups.size(); i++) {
      add(chart, groups.get(i), i, value);
    }
    return chart;
  }

  private static String title(String experiment, String quantity, List<RunGroup> groups) {
    List<String> data =
        groups.stream().map(group -> group.first().dataset().name()).distinct().toList();
    boolean standIn = groups.stream().anyMatch(RunGroup::standIn);
    String name = quantity.split(",", -1)[0];
    return "%s: %s on %s%s"
        .formatted(
            experiment, name, String.join(", ", data), standIn ? " (synthetic stand-in data)" : "");
  }

  private static int epochs(List<RunGroup> groups) {
    return groups.stream()
        .flatMap(group -> group.results().stream())
        .mapToInt(run -> run.epochs().size())
        .max()
        .orElse(1);
  }

  private static void add(
      XYChart chart, RunGroup group, int index, ToDoubleFunction<EpochResult> value) {
    List<Double> means = means(group, value);
    int[] measured = IntStream.range(0, means.size()).filter(i -> !means.get(i).isNaN()).toArray();
    if (measured.length == 0) {
      return;
    }
    double[] x = Arrays.stream(measured).mapToDouble(i -> i + 1).toArray();
    double[] y = Arrays.stream(measured).mapToDouble(means::get).toArray();
    XYSeries series = chart.addSeries(label(group), x, y);
    // A single point has no visible line.
    series.setMarker(x.length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setMarkerColor(LineCharts.color(index));
    series.setLineColor(LineCharts.color(index));
    series.setLineStyle(LineCharts.line(index));
  }

  /** The mean over seeds, for the epochs that all of them have. */
  private static List<Double> means(RunGroup group, ToDoubleFunction<EpochResult> value) {
    int epochs = group.results().stream().mapToInt(run -> run.epochs().size()).min().orElse(0);
    List<Double> means = new ArrayList<>();
    for (int i = 0; i < epochs; i++) {
      int epoch = i;
      means.add(
          MeanAndDeviation.of(group.results(), run -> value.applyAsDouble(run.epochs().get(epoch)))
              .mean());
    }
    return means;
  }

  private static String label(RunGroup group) {
    int runs = group.results().size();
    return String.format(
        Locale.ROOT,
        "%s%n%,d trained%s%s",
        group.label(),
        group.first().parameters().trained(),
        runs > 1 ? ", " + runs + " seeds" : "",
        group.standIn() ? "\n(stand-in data)" : "");
  }

  private static boolean spreadsWidely(List<RunGroup> groups) {
    List<Double> losses =
        groups.stream().flatMap(group -> means(group, EpochResult::trainLoss).stream()).toList();
    double least = losses.stream().mapToDouble(Double::doubleValue).min().orElse(1);
    double most = losses.stream().mapToDouble(Double::doubleValue).max().orElse(1);
    return least > 0 && most / least >= LOGARITHMIC_FROM;
  }
}
