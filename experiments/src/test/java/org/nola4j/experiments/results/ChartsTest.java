// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.report.LineCharts;

class ChartsTest {
  @TempDir Path folder;

  @Test
  void bothChartsAreDrawnInFullSizeAndColor() throws IOException {
    Charts.write(folder, "mnist", SampleResults.read(), SampleResults.paper());
    for (String name : new String[] {"loss.png", "accuracy.png"}) {
      BufferedImage image = ImageIO.read(folder.resolve(name).toFile());
      assertEquals(LineCharts.WIDTH, image.getWidth());
      assertEquals(LineCharts.HEIGHT, image.getHeight());
      // The first colors of the palette: one line for each of the three methods.
      assertTrue(pixels(image, 0x0072B2) > 200, name);
      assertTrue(pixels(image, 0xD55E00) > 200, name);
      assertTrue(pixels(image, 0x009E73) > 200, name);
      assertEquals(0, pixels(image, 0xCC79A7), name);
    }
  }

  private static int pixels(BufferedImage image, int color) {
    int count = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        count += (image.getRGB(x, y) & 0xFFFFFF) == color ? 1 : 0;
      }
    }
    return count;
  }
}
