package org.nola4j.experiments.results;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nola4j.experiments.common.AtomicFiles;

/** Curves of all methods over the epochs, as PNG files beside the results. */
public final class Charts {
  static final int WIDTH = 1320;
  static final int HEIGHT = 720;

  /** Okabe and Ito's palette, which people with colour-blindness can tell apart. */
  private static final Color[] COLORS = {
    new Color(0x0072B2),
    new Color(0xD55E00),
    new Color(0x009E73),
    new Color(0xCC79A7),
    new Color(0xE69F00),
    new Color(0x56B4E9),
    new Color(0x555555)
  };

  /** A second round through the colours is told from the first by its dashes. */
  private static final BasicStroke[] LINES = {
    new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND),
    new BasicStroke(2.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {9, 5}, 0)
  };

  private static final Color TEXT = new Color(0x333333);
  private static final Color GRID = new Color(0xE4E4E4);

  /** Above this ratio of largest to smallest loss, a linear axis would flatten the good methods. */
  private static final double LOGARITHMIC_FROM = 20;

  private Charts() {}

  /** Writes {@code loss.png} and {@code accuracy.png} into the experiment's folder. */
  public static void write(
      ResultStore store, String experiment, List<ExperimentResult> results, PaperFigures paper)
      throws IOException {
    List<RunGroup> groups = RunGroup.of(results, paper.methodOrder());
    XYChart loss = chart(experiment, "training loss", groups, EpochResult::trainLoss);
    loss.getStyler().setYAxisLogarithmic(spreadsWidely(groups));
    save(loss, store, experiment, "loss.png");
    XYChart accuracy =
        chart(experiment, "test accuracy, %", groups, epoch -> 100 * epoch.testAccuracy());
    save(accuracy, store, experiment, "accuracy.png");
  }

  private static void save(XYChart chart, ResultStore store, String experiment, String name)
      throws IOException {
    AtomicFiles.write(
        store.folder(experiment).resolve(name),
        out -> BitmapEncoder.saveBitmap(chart, out, BitmapFormat.PNG));
  }

  private static XYChart chart(
      String experiment,
      String quantity,
      List<RunGroup> groups,
      ToDoubleFunction<EpochResult> value) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title(experiment, quantity, groups))
            .xAxisTitle("epoch")
            .yAxisTitle(quantity)
            .build();
    style(chart.getStyler());
    // Half an epoch of air, without which XChart labels every sixth epoch instead of round ones.
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
    double[] x = new double[means.size()];
    double[] y = new double[means.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = i + 1;
      y[i] = means.get(i);
    }
    XYSeries series = chart.addSeries(label(group), x, y);
    // A single point has no line to be seen by.
    series.setMarker(x.length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    Color color = COLORS[index % COLORS.length];
    series.setMarkerColor(color);
    series.setLineColor(color);
    series.setLineStyle(LINES[index / COLORS.length % LINES.length]);
  }

  /** The mean over seeds for as many epochs as all of them have. */
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

  private static void style(XYStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotContentSize(0.97);
    styler.setChartPadding(24);
    styler.setChartFontColor(TEXT);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 20));
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitlePadding(16);
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    styler.setAxisTickLabelsColor(TEXT);
    styler.setAxisTickMarksColor(GRID);
    styler.setAxisTickPadding(8);
    styler.setXAxisTickMarkSpacingHint(90);
    styler.setXAxisDecimalPattern("0");
    styler.setLegendPosition(LegendPosition.OutsideE);
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    styler.setLegendBorderColor(Color.WHITE);
    styler.setLegendPadding(12);
    styler.setLegendSeriesLineLength(28);
    styler.setLocale(Locale.ROOT);
    styler.setAntiAlias(true);
  }
}
