// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;

/** On generated digits: 12,000 to train on, 2,000 to test on. */
class FlatImageDataTest {
  private static final ExampleShape SHAPE = ExampleShape.flat(784, 10);

  @Test
  void wholeSetIsServedOnceAnEpoch() throws IOException {
    ImageData data = read("training.batchSize=512");
    assertEquals(12_000, data.summary().trainExamples());
    assertEquals(2_000, data.summary().testExamples());
    assertEquals(24, data.batchesPerEpoch());
    assertEquals(24, batches(data, 1, 0).size());
  }

  @Test
  void shotsAreServedInAsManyPassesAsWanted() throws IOException {
    ImageData data = read("dataset.shots=5", "dataset.passes=3", "training.batchSize=20");
    assertEquals(50, data.summary().trainExamples());
    assertEquals(9, data.batchesPerEpoch());
    List<Double> first = batches(data, 1, 0);
    assertEquals(9, first.size());
    assertEquals(sum(first.subList(0, 3)), sum(first.subList(3, 6)), 1e-2, "the same images");
    assertNotEquals(first.subList(0, 3), first.subList(3, 6), "in another order");
    assertNotEquals(first.get(0), batches(data, 2, 0).get(0));
  }

  @Test
  void restOfAnEpochIsThatOfTheWholeOne() throws IOException {
    ImageData data = read("dataset.shots=5", "dataset.passes=3", "training.batchSize=20");
    List<Double> whole = batches(data, 2, 0);
    for (int from = 0; from <= 9; from++) {
      assertEquals(whole.subList(from, 9), batches(data, 2, from), "from " + from);
    }
  }

  @Tag("slow")
  @Test
  void seedDrawsTheShots() throws IOException {
    String[] settings = {"dataset.shots=5", "training.batchSize=50"};
    double one = batches(read(settings), 1, 0).get(0);
    assertEquals(one, batches(read(settings), 1, 0).get(0));
    assertNotEquals(
        one,
        batches(read("seed=2", "dataset.shots=5", "training.batchSize=50"), 1, 0).get(0),
        1e-3);
  }

  @Tag("slow")
  @Test
  void imagesHeldOutAreMeasuredAndNotTrainedOn() {
    ImageData data = read("dataset.validation=500");
    assertEquals(11_500, data.summary().trainExamples());
    assertEquals(500, data.summary().testExamples());
    assertTrue(data.summary().note().contains("held out"));
    Set<Integer> trained = rows(data.trainingSet());
    Set<Integer> measured = rows(data.testSet());
    assertEquals(500, measured.size());
    assertTrue(Collections.disjoint(trained, measured));
    measured.addAll(trained);
    assertEquals(rows(read().trainingSet()), measured);
  }

  private static Set<Integer> rows(DataSetIterator examples) {
    Set<Integer> rows = new HashSet<>();
    while (examples.hasNext()) {
      INDArray features = examples.next().getFeatures();
      for (int row = 0; row < features.rows(); row++) {
        rows.add(Arrays.hashCode(features.getRow(row).toFloatVector()));
      }
    }
    return rows;
  }

  @Test
  void theSeedOfTheShotsMayBeAnotherThanTheRuns() {
    Set<Integer> first = rows(read("dataset.shots=5").trainingSet());
    assertEquals(
        first, rows(read("seed=2", "dataset.shots=5", "dataset.shotsSeed=1").trainingSet()));
    assertNotEquals(first, rows(read("dataset.shots=5", "dataset.shotsSeed=2").trainingSet()));
  }

  @Test
  void whatCannotBeIsNamed() {
    assertMessage(
        "synthetic-digits train has 1200 images of class 0, but 1201 are needed",
        "dataset.shots=1201");
    assertMessage(
        "synthetic-digits train has 12000 images, so 12001 cannot be held out",
        "dataset.validation=12001");
    assertMessage(
        "dataset.name: this network takes 784 pixels and 10 classes, but synthetic-digits has 784"
            + " and 3",
        "dataset.classes={\"first\": 2, \"last\": 4}");
    assertMessage(
        "synthetic-digits has classes 0 to 9, but classes 2 to 10 were requested",
        "dataset.classes={\"first\": 2, \"last\": 10}");
    assertMessage(
        "dataset.imageSize must not be set here: images keep their size", "dataset.imageSize=32");
    assertMessage(
        "dataset.normalization: imagenet is for color images", "dataset.normalization=imagenet");
  }

  private static void assertMessage(String expected, String setting) {
    assertEquals(expected, assertThrows(UserException.class, () -> read(setting)).getMessage());
  }

  private static ImageData read(String... settings) {
    List<Setting> all = new ArrayList<>(List.of(Setting.parse("dataset.name=synthetic-digits")));
    Stream.of(settings).map(Setting::parse).forEach(all::add);
    ExperimentConfig config = ConfigLoader.packaged().load("mnist", "nola", all);
    return ImageData.flat(config, Contexts.in(Path.of("unused")), SHAPE);
  }

  /** What tells a batch from others: the sum of its pixels. */
  private static List<Double> batches(ImageData data, int epoch, int from) throws IOException {
    List<Double> sums = new ArrayList<>();
    data.steps(
        epoch,
        from,
        data.batchesPerEpoch(),
        batch -> sums.add(batch.getFeatures().sumNumber().doubleValue()));
    return sums;
  }

  private static double sum(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }
}
