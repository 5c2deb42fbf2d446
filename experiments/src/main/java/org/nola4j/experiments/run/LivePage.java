// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.report.LineCharts;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Step;

/**
 * A web page with live charts of the runs. It is a file that reloads itself in the browser, so no
 * server is needed.
 */
public final class LivePage implements ProgressListener, AutoCloseable {
  /** Loss values per run; more would not be visible. */
  private static final int POINTS = 500;

  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      %s<title>%s</title>
      <style>
      body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }
      img { display: block; width: 100%%; max-width: 1320px; }
      </style>
      </head>
      <body>
      <p>%s</p>
      %s</body>
      </html>
      """;

  private static final String RELOAD = "<meta http-equiv=\"refresh\" content=\"%d\">\n";

  private final Path file;
  private final Duration interval;
  private final Consumer<String> notes;
  private final List<Curves> runs = new ArrayList<>();

  private long writtenAt;
  private boolean failed;

  /**
   * Writes the page for the first time.
   *
   * @param file the page
   * @param interval time between two updates
   * @param notes receives the reason if the page can no longer be updated
   */
  public LivePage(Path file, Duration interval, Consumer<String> notes) {
    this.file = file;
    this.interval = interval;
    this.notes = notes;
    write("no run has started yet", true);
  }

  @Override
  public void started(
      RunId id, int epochsDone, int batchesDone, int epochs, int batchesPerEpoch, Step step) {
    runs.add(new Curves(id, epochsDone * batchesPerEpoch + batchesDone, epochs, batchesPerEpoch));
    write(current().state(), true);
  }

  @Override
  public void batchDone(double loss) {
    current().add(loss);
    if (System.nanoTime() - writtenAt >= interval.toNanos()) {
      write(current().state(), true);
    }
  }

  @Override
  public void epochDone(EpochResult epoch) {
    current().add(epoch);
  }

  @Override
  public void finished(ExperimentResult result) {
    write(current().state(), true);
  }

  /** Writes the final page, which no longer reloads itself. */
  @Override
  public void close() {
    write(runs.isEmpty() ? "no run was trained" : current().state(), false);
  }

  private Curves current() {
    return runs.get(runs.size() - 1);
  }

  /** Charts are optional: missing fonts or a full disk must not stop training. */
  private void write(String state, boolean reloading) {
    if (failed) {
      return;
    }
    try {
      byte[] page = page(state, reloading).getBytes(StandardCharsets.UTF_8);
      AtomicFiles.write(file, out -> out.write(page));
    } catch (IOException | RuntimeException | LinkageError | InternalError e) {
      failed = true;
      notes.accept("%s is no longer updated: %s".formatted(file, e.getMessage()));
    }
    writtenAt = System.nanoTime();
  }

  private String page(String state, boolean reloading) throws IOException {
    String charts =
        image("training loss", Curves::losses) + image("test accuracy, %", Curves::accuracies);
    String reload = reloading ? RELOAD.formatted(Math.max(1, interval.toSeconds())) : "";
    return PAGE.formatted(reload, state, state, charts);
  }

  /** A chart with one curve per run; empty until there is a point. */
  private String image(String quantity, Function<Curves, List<Point>> points) throws IOException {
    XYChart chart = LineCharts.create(quantity, "epoch", quantity);
    for (int i = 0; i < runs.size(); i++) {
      List<Point> curve = points.apply(runs.get(i));
      if (!curve.isEmpty()) {
        XYSeries series =
            chart.addSeries(
                runs.get(i).id.toString(),
                curve.stream().mapToDouble(Point::epoch).toArray(),
                curve.stream().mapToDouble(Point::value).toArray());
        series.setMarker(curve.size() == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
        series.setMarkerColor(LineCharts.color(i));
        series.setLineColor(LineCharts.color(i));
        series.setLineStyle(LineCharts.line(i));
      }
    }
    return chart.getSeriesMap().isEmpty()
        ? ""
        : "<img alt=\"%s\" src=\"data:image/png;base64,%s\">\n"
            .formatted(quantity, Base64.getEncoder().encodeToString(LineCharts.png(chart)));
  }

  private record Point(double epoch, double value) {}

  /** The results of one run so far. */
  private static final class Curves {
    private final RunId id;
    private final int epochs;
    private final int batchesPerEpoch;
    private final long batchesPerPoint;
    private final List<Point> losses = new ArrayList<>();
    private final List<Point> accuracies = new ArrayList<>();
    private long batches;
    private double sum;
    private int summed;

    Curves(RunId id, long batchesDone, int epochs, int batchesPerEpoch) {
      this.id = id;
      this.batches = batchesDone;
      this.epochs = epochs;
      this.batchesPerEpoch = batchesPerEpoch;
      batchesPerPoint = Math.max(1, (long) epochs * batchesPerEpoch / POINTS);
    }

    void add(double loss) {
      batches++;
      sum += loss;
      summed++;
      if (summed == batchesPerPoint) {
        losses.add(new Point((double) batches / batchesPerEpoch, sum / summed));
        sum = 0;
        summed = 0;
      }
    }

    void add(EpochResult epoch) {
      if (epoch.testAccuracy() != null) {
        accuracies.add(new Point(epoch.epoch(), 100 * epoch.testAccuracy()));
      }
    }

    List<Point> losses() {
      return losses;
    }

    List<Point> accuracies() {
      return accuracies;
    }

    String state() {
      String loss =
          losses.isEmpty()
              ? ""
              : String.format(Locale.ROOT, ", loss %.4f", losses.get(losses.size() - 1).value());
      return String.format(
          Locale.ROOT,
          "%s: %.2f of %d epochs%s",
          id,
          (double) batches / batchesPerEpoch,
          epochs,
          loss);
    }
  }
}
