// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.report.LineCharts;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Step;

class LivePageTest {
  private static final RunId ID = new RunId("mnist", "nola", 1);
  private static final Pattern IMAGE = Pattern.compile("data:image/png;base64,([^\"]+)");

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();

  @Test
  void pageShowsTheCurvesSoFarAndReloadsUntilTheEnd() throws IOException {
    Path file = folder.resolve("mnist/progress.html");
    try (LivePage page = new LivePage(file, Duration.ZERO, notes::add)) {
      assertEquals(0, images(file));
      page.started(ID, 1, 2, 3, 10, Step.BATCH);
      page.batchDone(0.5);
      assertTrue(
          Files.readString(file).contains("mnist nola seed 1: 1.30 of 3 epochs, loss 0.5000"));
      assertEquals(1, images(file));
      page.epochDone(new EpochResult(2, 0.5, 0.9, 1.0, 1.0, null));
      page.batchDone(0.25);
      assertEquals(2, images(file));
      assertTrue(Files.readString(file).contains("http-equiv=\"refresh\""));
    }
    assertFalse(Files.readString(file).contains("http-equiv=\"refresh\""));
    assertEquals(List.of(), notes);
  }

  @Test
  void pageIsNotWrittenMoreOftenThanAsked() throws IOException {
    Path file = folder.resolve("progress.html");
    LivePage page = new LivePage(file, Duration.ofHours(1), notes::add);
    page.started(ID, 0, 0, 1, 2, Step.BATCH);
    page.batchDone(0.5);
    assertEquals(0, images(file));
    page.close();
    assertEquals(1, images(file));
  }

  @Test
  void trainingGoesOnWithoutThePage() throws IOException {
    Path notAFolder = Files.writeString(folder.resolve("file"), "");
    LivePage page = new LivePage(notAFolder.resolve("progress.html"), Duration.ZERO, notes::add);
    page.started(ID, 0, 0, 1, 2, Step.BATCH);
    page.batchDone(0.5);
    page.close();
    assertEquals(1, notes.size());
    assertTrue(notes.get(0).contains("progress.html is no longer updated: "), notes.get(0));
  }

  private static int images(Path file) throws IOException {
    Matcher matcher = IMAGE.matcher(Files.readString(file));
    int count = 0;
    for (; matcher.find(); count++) {
      byte[] png = Base64.getDecoder().decode(matcher.group(1));
      assertEquals(LineCharts.WIDTH, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
    }
    return count;
  }
}
