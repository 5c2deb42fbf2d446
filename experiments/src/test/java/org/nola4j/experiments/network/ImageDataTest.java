// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.datasets.batch.ImageLayout;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;

@Tag("slow")
class ImageDataTest {
  private static final String SHAPES = "dataset.name=synthetic-shapes";

  @TempDir Path folder;

  @Test
  void restOfAnEpochIsTheEndOfTheWholeOne() throws IOException {
    try (TrainingData data = read(SHAPES)) {
      assertEquals(4, data.batchesPerEpoch());
      assertEquals(ExampleShape.images(32, 10), data.shape());
      List<Integer> whole = hashes(data, 3, 0);
      assertEquals(4, whole.size());
      assertEquals(whole.subList(2, 4), hashes(data, 3, 2));
      assertEquals(List.of(), hashes(data, 3, 4));
      assertNotEquals(whole, hashes(data, 4, 0));
    }
  }

  @Test
  void trainingImagesAreVariedAndMeasuredOnesAreNot() throws IOException {
    try (TrainingData varied = read(SHAPES);
        TrainingData plain = read(SHAPES, "dataset.augmentation=none")) {
      assertNotEquals(hashes(varied, 1, 3), hashes(plain, 1, 3));
      assertEquals(hash(varied.trainingSet().next()), hash(plain.trainingSet().next()));
      assertEquals(hash(varied.testSet().next()), hash(varied.testSet().next()));
    }
  }

  @Test
  void standInIsSaidToBeOne() {
    try (TrainingData data = read(SHAPES)) {
      assertTrue(data.summary().standIn());
      assertEquals("synthetic-shapes", data.summary().name());
      assertEquals(4000, data.summary().trainExamples());
    }
  }

  @Test
  void normalizationIsTheSetsOwn() {
    double unit = mean(read(SHAPES, "dataset.normalization=unit"));
    double standard = mean(read(SHAPES));
    assertTrue(unit > 0 && unit < 1, "mean " + unit);
    assertEquals((unit - 0.4727) / 0.2008, standard, 0.05);
    assertEquals(2 * unit - 1, mean(read(SHAPES, "dataset.normalization=half")), 1e-4);
  }

  @Test
  void grayImagesGetThreeChannelsAndAnySize() throws IOException {
    String digits = "dataset.name=synthetic-digits";
    for (String augmentation : List.of("few-shot", "resized-crop-flip", "crop-flip", "none")) {
      try (TrainingData data =
          read(digits, "dataset.imageSize=40", "dataset.augmentation=" + augmentation)) {
        assertEquals(ExampleShape.images(40, 10), data.shape());
        DataSet batch = data.trainingSet().next();
        assertEquals(List.of(40L, 40L, 3L), shape(batch).subList(1, 4), augmentation);
      }
    }
    try (TrainingData data = read(digits)) {
      assertEquals(ExampleShape.images(28, 10), data.shape());
    }
  }

  @Test
  void someClassesSomeShotsAndSeveralPasses() throws IOException {
    try (TrainingData data =
        read(
            SHAPES,
            "dataset.classes={\"first\": 5, \"last\": 7}",
            "dataset.shots=4",
            "dataset.passes=3",
            "dataset.validation=60",
            "training.batchSize=5")) {
      assertEquals(ExampleShape.images(32, 3), data.shape());
      assertEquals(12, data.summary().trainExamples());
      assertEquals(60, data.summary().testExamples());
      assertEquals(
          "classes 5 to 7 of 10; measured on images held out of the training set, not on the test"
              + " set",
          data.summary().note());
      assertEquals(9, data.batchesPerEpoch());
      List<Integer> whole = hashes(data, 2, 0);
      assertEquals(9, whole.size());
      assertEquals(whole.subList(4, 9), hashes(data, 2, 4));
      assertEquals(List.of(), hashes(data, 2, 9));
      assertNotEquals(whole.subList(0, 3), whole.subList(3, 6));
    }
  }

  private static List<Long> shape(DataSet batch) {
    return Arrays.stream(batch.getFeatures().shape()).boxed().toList();
  }

  @Test
  void imagesThatAreTooSmallToBlurAreRefused() throws IOException {
    String few = "dataset.augmentation=few-shot";
    UserException error =
        assertThrows(UserException.class, () -> read(SHAPES, few, "dataset.imageSize=8"));
    assertEquals(
        "dataset.imageSize: few-shot augmentation needs images of at least 9 pixels per side, but"
            + " these have 8",
        error.getMessage());
    try (TrainingData data = read(SHAPES, few, "dataset.imageSize=9", "dataset.shots=20")) {
      assertEquals(1, hashes(data, 1, 0).size());
    }
  }

  @Test
  void imagesOfAnySizeAreCroppedToTheNetworks() throws IOException {
    for (String split : List.of("train", "val")) {
      for (int i = 0; i < 2; i++) {
        Path place = Files.createDirectories(folder.resolve("imagenet100/" + split + "/n" + i));
        BufferedImage image = new BufferedImage(70 + i, 50, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(image, "png", place.resolve("one.png").toFile());
      }
    }
    String name = "dataset.name=imagenet100";
    try (TrainingData data = read(name, "dataset.augmentation=resized-crop-flip")) {
      assertEquals(ExampleShape.images(32, 2), data.shape());
      assertEquals(1, hashes(data, 1, 0).size());
      assertEquals(List.of(2L, 32L, 32L, 3L), shape(data.testSet().next()));
      assertFalse(data.summary().standIn());
    }
    UserException error = assertThrows(UserException.class, () -> read(name));
    assertEquals(
        "dataset.augmentation: crop-flip needs images of one size, but those of imagenet100 differ;"
            + " use resized-crop-flip",
        error.getMessage());
  }

  private TrainingData read(String... settings) {
    List<Setting> all = new ArrayList<>(List.of(Setting.of("training.batchSize", 1000)));
    Arrays.stream(settings).map(Setting::parse).forEach(all::add);
    ExperimentConfig config = ConfigLoader.packaged().load("cifar10-resnet20", "nola", all);
    return ImageData.read(
        config, Contexts.withData(folder), ExampleShape.images(32, 10), ImageLayout.NHWC);
  }

  private static double mean(TrainingData data) {
    try (data) {
      return data.testSet().next().getFeatures().meanNumber().doubleValue();
    }
  }

  private static List<Integer> hashes(TrainingData data, int epoch, int fromBatch)
      throws IOException {
    List<Integer> hashes = new ArrayList<>();
    data.steps(epoch, fromBatch, data.batchesPerEpoch(), batch -> hashes.add(hash(batch)));
    return hashes;
  }

  private static int hash(DataSet batch) {
    return 31 * Arrays.hashCode(batch.getFeatures().data().asFloat())
        + Arrays.hashCode(batch.getLabels().data().asFloat());
  }
}
