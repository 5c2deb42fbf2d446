// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.demo;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.report.LineCharts;
import org.nola4j.experiments.results.ExperimentResult;

/** Accuracy against file size for every method, and digits with the predictions of NOLA's file. */
public final class DemoPicture {
  private static final int STRIP = 220;
  private static final int MARGIN = 40;
  private static final int DIGIT = 84;
  private static final int MARKER = 16;
  private static final Color TEXT = new Color(0x333333);
  private static final Color WRONG = new Color(0xD55E00);

  private DemoPicture() {}

  /** Writes the file completely or not at all. */
  public static void write(List<ExperimentResult> results, Demo.Reading reading, Path file)
      throws IOException {
    BufferedImage chart = BitmapEncoder.getBufferedImage(chart(results));
    BufferedImage picture =
        new BufferedImage(chart.getWidth(), chart.getHeight() + STRIP, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    try {
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
      graphics.drawImage(chart, 0, 0, null);
      graphics.translate(MARGIN, chart.getHeight());
      drawDigits(graphics, reading);
    } finally {
      graphics.dispose();
    }
    AtomicFiles.write(file, out -> ImageIO.write(picture, "png", out));
  }

  private static XYChart chart(List<ExperimentResult> results) {
    XYChart chart =
        LineCharts.create(
            "Test accuracy against file size on " + results.get(0).dataset().name(),
            "bytes of the file with everything that was trained",
            "test accuracy, %");
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(MARKER);
    for (int i = 0; i < results.size(); i++) {
      add(chart, results.get(i), LineCharts.color(i));
    }
    return chart;
  }

  private static void add(XYChart chart, ExperimentResult result, Color color) {
    String label =
        String.format(
            Locale.ROOT, "%s%n%,d trained numbers", result.method(), result.parameters().trained());
    double accuracy = 100 * result.finalMetrics().testAccuracy();
    XYSeries series =
        chart.addSeries(label, new double[] {result.adapterBytes()}, new double[] {accuracy});
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(color);
  }

  private static void drawDigits(Graphics2D graphics, Demo.Reading reading) {
    graphics.setColor(TEXT);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    graphics.drawString(
        String.format(
            Locale.ROOT,
            "The first test images and the predictions of a network of %,d bytes",
            reading.bytes()),
        0,
        MARGIN / 2);
    int x = 0;
    for (Digit digit : reading.digits()) {
      graphics.drawImage(digit.image(), x, MARGIN, DIGIT, DIGIT, null);
      graphics.setColor(digit.predicted() == digit.label() ? TEXT : WRONG);
      graphics.drawString(
          Integer.toString(digit.predicted()), x + DIGIT / 2 - 5, MARGIN + DIGIT + 24);
      x += DIGIT + 4;
    }
  }
}
