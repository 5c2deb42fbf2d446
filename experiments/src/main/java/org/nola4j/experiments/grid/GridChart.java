// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nola4j.experiments.report.LineCharts;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.MeanAndDeviation;

/**
 * Accuracy against the number of trained numbers, for cells whose grid puts them on lines and whose
 * runs have ended.
 */
public final class GridChart {
  /** Above this ratio of most to fewest numbers, a linear axis would press many into a corner. */
  private static final double LOGARITHMIC_FROM = 20;

  private final Map<String, List<Point>> lines = new LinkedHashMap<>();

  private GridChart(Grid grid, GridRecords records) {
    for (GridCell cell : grid.cells()) {
      List<ExperimentResult> runs = records.found(cell);
      boolean ended = runs.stream().noneMatch(ExperimentResult::unfinished);
      if (cell.line() != null && !runs.isEmpty() && ended) {
        lines.computeIfAbsent(cell.line(), line -> new ArrayList<>()).add(Point.of(runs));
      }
    }
    lines.values().forEach(line -> line.sort(Comparator.comparing(Point::trained)));
  }

  /**
   * A cell's mean over its runs.
   *
   * @param accuracy in %
   * @param deviation of the accuracy; 0 of a single run
   */
  private record Point(Double trained, Double accuracy, Double deviation) {
    static Point of(List<ExperimentResult> runs) {
      MeanAndDeviation percent =
          MeanAndDeviation.of(runs, run -> 100 * run.finalMetrics().testAccuracy());
      return new Point(
          (double) runs.get(0).parameters().trained(),
          percent.mean(),
          percent.deviation() == null ? 0 : percent.deviation());
    }
  }

  /** Writes {@code trained.png} if there are such cells. */
  public static void write(Grid grid, GridRecords records, Path folder) throws IOException {
    GridChart chart = new GridChart(grid, records);
    if (!chart.lines.isEmpty()) {
      LineCharts.save(chart.draw(grid.config().title()), folder.resolve("trained.png"));
    }
  }

  private XYChart draw(String title) {
    XYChart chart = LineCharts.create(title, "trained numbers", "accuracy, %");
    chart
        .getStyler()
        .setErrorBarsColorSeriesColor(true)
        .setXAxisLogarithmic(spreadsWidely())
        .setXAxisDecimalPattern("#,##0");
    lines.forEach((name, points) -> add(chart, name, points));
    return chart;
  }

  private boolean spreadsWidely() {
    DoubleSummaryStatistics trained =
        lines.values().stream()
            .flatMap(List::stream)
            .mapToDouble(Point::trained)
            .summaryStatistics();
    return trained.getMax() / trained.getMin() >= LOGARITHMIC_FROM;
  }

  private static void add(XYChart chart, String name, List<Point> points) {
    int index = chart.getSeriesMap().size();
    XYSeries series =
        chart.addSeries(
            name,
            points.stream().map(Point::trained).toList(),
            points.stream().map(Point::accuracy).toList(),
            points.stream().map(Point::deviation).toList());
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(LineCharts.color(index));
    series.setLineColor(LineCharts.color(index));
    series.setLineStyle(LineCharts.line(index));
  }
}
