package org.nola4j.experiments.resnet;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.TrainingData;

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
  void normalisationIsTheSetsOwn() {
    double unit = mean(read(SHAPES, "dataset.normalization=unit"));
    double standard = mean(read(SHAPES));
    assertTrue(unit > 0 && unit < 1, "mean " + unit);
    assertEquals((unit - 0.4727) / 0.2008, standard, 0.05);
  }

  @Test
  void greyImagesAreRefused() {
    UserException error =
        assertThrows(UserException.class, () -> read("dataset.name=synthetic-digits"));
    assertEquals(
        "dataset.name: this network takes square colour images, but synthetic-digits has"
            + " 28 x 28 x 1",
        error.getMessage());
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
      assertEquals(
          List.of(2L, 32L, 32L, 3L),
          Arrays.stream(data.testSet().next().getFeatures().shape()).boxed().toList());
      assertFalse(data.summary().standIn());
    }
    UserException error = assertThrows(UserException.class, () -> read(name));
    assertEquals(
        "dataset.augmentation: crop-flip needs images of one size, imagenet100 has any; take"
            + " resized-crop-flip",
        error.getMessage());
  }

  private TrainingData read(String... settings) {
    List<Setting> all = new ArrayList<>(List.of(Setting.of("training.batchSize", 1000)));
    Arrays.stream(settings).map(Setting::parse).forEach(all::add);
    ExperimentConfig config = ConfigLoader.packaged().load("cifar10-resnet20", "nola", all);
    return ImageData.read(config, Contexts.withData(folder), ExampleShape.images(32, 10));
  }

  private static double mean(TrainingData data) {
    try (data) {
      return data.testSet().next().getFeatures().meanNumber().doubleValue();
    }
  }

  private static List<Integer> hashes(TrainingData data, int epoch, int fromBatch)
      throws IOException {
    List<Integer> hashes = new ArrayList<>();
    data.epoch(epoch, fromBatch, batch -> hashes.add(hash(batch)));
    return hashes;
  }

  private static int hash(DataSet batch) {
    return 31 * Arrays.hashCode(batch.getFeatures().data().asFloat())
        + Arrays.hashCode(batch.getLabels().data().asFloat());
  }
}
