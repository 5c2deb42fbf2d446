// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.LineCharts;
import org.nola4j.experiments.report.TableFormat;

@Tag("slow")
class CoverageStudyTest {
  private static final List<Integer> COUNTS = IntStream.rangeClosed(2, 14).boxed().toList();

  @Test
  void figureTwoHasTheClosedFormEverywhereAtAnyRankAndSeed() {
    for (int rank : new int[] {1, 2, 5}) {
      CoverageStudy study = new CoverageStudy(List.of(5), COUNTS, rank, 0, rank, 1e-10);
      List<CoveragePoint> points = study.run(point -> {});
      assertEquals(2 * COUNTS.size(), points.size());
      for (CoveragePoint point : points) {
        int n = point.n();
        int expected = point.construction() == Construction.NOLA ? Math.min(n * n / 4, 25) : n;
        assertEquals(expected, point.dimension(), point.toString());
        assertTrue(point.agrees());
        assertEquals(expected / 25.0, point.coverage());
        assertEquals(n >= 10 && point.construction() == Construction.NOLA, point.full());
      }
    }
  }

  @Test
  void progressIsToldOfEveryPointInOrder() {
    CoverageStudy study = new CoverageStudy(List.of(3, 2, 3), List.of(3, 2), 1, 11, 1, 1e-10);
    List<CoveragePoint> seen = new ArrayList<>();
    assertEquals(study.run(seen::add), seen);
    assertEquals(study.points(), seen.size());
    assertEquals(2, seen.get(0).d());
    assertEquals(Construction.NOLA, seen.get(0).construction());
    assertEquals(11, study.samples(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0  | 4 | 1 | 0   | 0.1 | --d must be 1 to 64; found [0]",
        "65 | 4 | 1 | 0   | 0.1 | --d must be 1 to 64; found [65]",
        "4  | 1 | 1 | 0   | 0.1 | --n must be at least 2, one for A and one for B; found [1]",
        "4  | 4 | 5 | 0   | 0.1 | --rank must be 1 to the smallest d, 4; found 5",
        "4  | 4 | 0 | 0   | 0.1 | --rank must be 1 to the smallest d, 4; found 0",
        "4  | 4 | 1 | 16  | 0.1 | --samples must be more than d^2 = 16, or they cannot span it;"
            + " found 16",
        "64 | 4 | 1 | 16385 | 0.1 | --samples must be at most 16384 of this size; found 16385",
        "4  | 4 | 1 | -1  | 0.1 | --samples must be more than d^2 = 16, or they cannot span it;"
            + " found -1",
        "4  | 4 | 1 | 0   | 1.0 | --tolerance must be between 0 and 1; found 1.0",
        "4  | 4 | 1 | 0   | NaN | --tolerance must be between 0 and 1; found NaN"
      })
  void whatCannotBeMeasuredIsRefused(
      int d, int n, int rank, int samples, double tolerance, String message) {
    UserException error =
        assertThrows(
            UserException.class,
            () -> new CoverageStudy(List.of(d), List.of(n), rank, samples, 1, tolerance));
    assertEquals(message, error.getMessage());
  }

  @Test
  void reportSaysWhatTheFigureShows() {
    CoverageStudy study = new CoverageStudy(List.of(3), COUNTS, 2, 0, 1, 1e-10);
    CoverageReport report = new CoverageReport(study, study.run(point -> {}));
    List<String> csv = TableFormat.CSV.render(report.whole()).lines().toList();
    assertEquals(
        "construction,d,n,rank,samples,seed,tolerance,dimension,closed_form,coverage,"
            + "closed_form_coverage",
        csv.get(0));
    assertEquals("nola,3,2,2,12,1,1.0E-10,1,1,0.1111111111111111,0.1111111111111111", csv.get(1));
    assertEquals("pranc,3,2,,12,1,1.0E-10,2,2,0.2222222222222222,0.2222222222222222", csv.get(2));
    assertEquals(1 + 2 * COUNTS.size(), csv.size());
    String summary = TableFormat.MARKDOWN.render(report.summary());
    assertTrue(summary.contains("|   3 |  14 |"), summary);
    assertTrue(
        summary.contains("NOLA covers all of the 9 dimensions of a 3 x 3 weight with n = 6."),
        summary);
    assertTrue(summary.contains("PRANC covers all of the 9 dimensions"), summary);
    assertTrue(summary.contains("All 26 measured dimensions equal the closed form."));
    assertEquals(7, report.summary().rows().size());
  }

  @Test
  void reportNamesWhatDiffers() {
    CoverageStudy study = new CoverageStudy(List.of(3), List.of(4), 2, 0, 1, 1e-10);
    CoverageReport report =
        new CoverageReport(
            study,
            List.of(
                new CoveragePoint(Construction.NOLA, 3, 4, 3, 4),
                new CoveragePoint(Construction.PRANC, 3, 4, 4, 4)));
    String summary = TableFormat.MARKDOWN.render(report.summary());
    assertTrue(
        summary.contains(
            "1 of 2 measured dimensions differ from the closed form, the first for NOLA with"
                + " d = 3, n = 4: 3 instead of 4."),
        summary);
    assertTrue(summary.contains("NOLA covers 33.3 % of the 9 dimensions"), summary);
  }

  @Test
  void chartHasACurveForEachConstruction(@TempDir Path folder) throws IOException {
    CoverageStudy study = new CoverageStudy(List.of(3), COUNTS, 2, 0, 1, 1e-10);
    Path file = folder.resolve("figure.png");
    CoverageChart.write(new CoverageReport(study, study.run(point -> {})), file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertEquals(LineCharts.WIDTH, image.getWidth());
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, LineCharts.WIDTH);
    for (int curve = 0; curve < 2; curve++) {
      int color = LineCharts.color(curve).getRGB();
      assertTrue(IntStream.of(pixels).filter(pixel -> pixel == color).count() > 500);
    }
  }
}
