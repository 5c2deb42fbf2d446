// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.nola4j.experiments.common.AtomicFiles;

/** Line charts over whole numbers, with a legend at the side, as PNG files. */
public final class LineCharts {
  /** Pixels. */
  public static final int WIDTH = 1320;

  /** Pixels. */
  public static final int HEIGHT = 720;

  /** The colorblind-safe palette of Okabe and Ito. */
  private static final Color[] COLORS = {
    new Color(0x0072B2),
    new Color(0xD55E00),
    new Color(0x009E73),
    new Color(0xCC79A7),
    new Color(0xE69F00),
    new Color(0x56B4E9),
    new Color(0x555555)
  };

  /** The second round through the colors is dashed. */
  private static final BasicStroke[] LINES = {
    new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND),
    new BasicStroke(2.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {9, 5}, 0)
  };

  private static final Color TEXT = new Color(0x333333);
  private static final Color GRID = new Color(0xE4E4E4);

  private LineCharts() {}

  /** An empty chart. */
  public static XYChart create(String title, String xAxisTitle, String yAxisTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xAxisTitle)
            .yAxisTitle(yAxisTitle)
            .build();
    style(chart.getStyler());
    return chart;
  }

  /** The color of curve number {@code index}. */
  public static Color color(int index) {
    return COLORS[index % COLORS.length];
  }

  /** The line of curve number {@code index}. */
  public static BasicStroke line(int index) {
    return LINES[index / COLORS.length % LINES.length];
  }

  /** Writes the file completely or not at all. */
  public static void save(XYChart chart, Path file) throws IOException {
    AtomicFiles.write(file, out -> BitmapEncoder.saveBitmap(chart, out, BitmapFormat.PNG));
  }

  /** The image that {@link #save} writes. */
  public static byte[] png(XYChart chart) throws IOException {
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
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
