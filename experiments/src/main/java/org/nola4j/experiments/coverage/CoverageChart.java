// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nola4j.experiments.report.LineCharts;

/** Figure 2: measured dimensions as dots on the curves of the closed form. */
public final class CoverageChart {
  private CoverageChart() {}

  /** Writes the PNG file. */
  public static void write(CoverageReport report, Path file) throws IOException {
    CoverageStudy study = report.study();
    String sizes = study.sizes().stream().map(String::valueOf).collect(Collectors.joining(", "));
    XYChart chart =
        LineCharts.create(
            "Figure 2: coverage of the space of d x d weights by n trained numbers, d = " + sizes,
            "trained numbers n",
            "coverage: dimensions spanned / d²");
    List<Integer> counts = study.counts();
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(counts.get(counts.size() - 1) + 1.0);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.05);
    chart.getStyler().setYAxisDecimalPattern("0.0").setMarkerSize(9);
    int color = 0;
    for (int d : study.sizes()) {
      for (Construction construction : Construction.values()) {
        add(chart, report.curve(construction, d), color++);
      }
    }
    LineCharts.save(chart, file);
  }

  private static void add(XYChart chart, List<CoveragePoint> curve, int color) {
    String name = "%s, d = %d".formatted(curve.get(0).construction(), curve.get(0).d());
    XYSeries computed =
        series(chart, name + ": closed form", curve, CoveragePoint::closedFormCoverage);
    computed.setMarker(SeriesMarkers.NONE);
    computed.setLineColor(LineCharts.color(color));
    computed.setLineStyle(LineCharts.line(color));
    XYSeries measured = series(chart, name + ": measured", curve, CoveragePoint::coverage);
    measured.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    measured.setMarker(SeriesMarkers.CIRCLE);
    measured.setMarkerColor(LineCharts.color(color));
  }

  private static XYSeries series(
      XYChart chart,
      String name,
      List<CoveragePoint> curve,
      ToDoubleFunction<CoveragePoint> value) {
    return chart.addSeries(
        name,
        curve.stream().mapToDouble(CoveragePoint::n).toArray(),
        curve.stream().mapToDouble(value).toArray());
  }
}
