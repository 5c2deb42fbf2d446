// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.Setting;

class DataDigestTest {
  private static final byte[] PIXELS = {1, 2, 3, 4};
  private static final int[] LABELS = {0, 1};

  @Test
  void everyLabelAndPixelOfBothSplitsCounts() {
    String digest = digest(PIXELS, LABELS, PIXELS, LABELS);
    assertTrue(digest.matches("[0-9a-f]{64}"), digest);
    assertEquals(digest, digest(PIXELS.clone(), LABELS.clone(), PIXELS, LABELS));
    assertNotEquals(digest, digest(new byte[] {1, 2, 3, 5}, LABELS, PIXELS, LABELS));
    assertNotEquals(digest, digest(PIXELS, new int[] {1, 0}, PIXELS, LABELS));
    assertNotEquals(digest, digest(PIXELS, LABELS, new byte[] {1, 2, 4, 3}, LABELS));
    assertNotEquals(digest, digest(PIXELS, LABELS, PIXELS, new int[] {0, 0}));
  }

  @Test
  void runsRecordTheDigestOfWhatTheyTrainOn() {
    String first = flatImages("1");
    assertEquals(first, flatImages("1"));
    assertNotEquals(first, flatImages("2"));
  }

  /** Of a few shots that a seed chooses. */
  private static String flatImages(String shotsSeed) {
    List<Setting> settings =
        List.of(
            Setting.parse("dataset.name=synthetic-digits"),
            Setting.parse("dataset.shots=2"),
            Setting.parse("dataset.shotsSeed=" + shotsSeed));
    return ImageData.flat(
            ConfigLoader.packaged().load("mnist", "nola", settings),
            Contexts.in(Path.of("unused")),
            ExampleShape.flat(784, 10))
        .summary()
        .sha256();
  }

  private static String digest(byte[] train, int[] trainLabels, byte[] test, int[] testLabels) {
    return DataDigest.of(
        new ImageSplits<>(images("train", train, trainLabels), images("test", test, testLabels)));
  }

  private static LabeledImages images(String split, byte[] pixels, int[] labels) {
    ImageSetInfo info =
        new ImageSetInfo("tiny", split, 1, 1, 2, 2, false, List.of("no", "yes"), "");
    return LabeledImages.of(info, pixels, labels);
  }
}
