package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;

/** On generated digits: 12,000 to train on, 2,000 to test on. */
class FlatImagesTest {
  private static final ExampleShape SHAPE = ExampleShape.flat(784, 10);

  @Test
  void wholeSetIsServedOnceAnEpoch() throws IOException {
    FlatImages data = read("training.batchSize=512");
    assertEquals(12_000, data.summary().trainExamples());
    assertEquals(2_000, data.summary().testExamples());
    assertEquals(24, data.batchesPerEpoch());
    assertEquals(24, batches(data, 1, 0).size());
  }

  @Test
  void shotsAreServedInAsManyPassesAsWanted() throws IOException {
    FlatImages data = read("dataset.shots=5", "dataset.passes=3", "training.batchSize=20");
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
    FlatImages data = read("dataset.shots=5", "dataset.passes=3", "training.batchSize=20");
    List<Double> whole = batches(data, 2, 0);
    for (int from = 0; from <= 9; from++) {
      assertEquals(whole.subList(from, 9), batches(data, 2, from), "from " + from);
    }
  }

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

  @Test
  void imagesHeldOutAreMeasuredAndNotTrainedOn() {
    FlatImages data = read("dataset.validation=500");
    assertEquals(11_500, data.summary().trainExamples());
    assertEquals(500, data.summary().testExamples());
    assertTrue(data.summary().note().contains("held out"));
    assertEquals(lastOf(read().trainingSet()), lastOf(data.testSet()));
    assertNotEquals(lastOf(read().trainingSet()), lastOf(data.trainingSet()));
  }

  private static INDArray lastOf(DataSetIterator examples) {
    INDArray last = null;
    while (examples.hasNext()) {
      INDArray features = examples.next().getFeatures();
      last = features.getRow(features.rows() - 1);
    }
    return last;
  }

  @Test
  void whatCannotBeIsNamed() {
    assertMessage(
        "synthetic-digits train has 1200 images of class 0, cannot draw 1201",
        "dataset.shots=1201");
    assertMessage(
        "synthetic-digits train has 12000 images, cannot take the last 12001",
        "dataset.validation=12001");
  }

  private static void assertMessage(String expected, String setting) {
    assertEquals(expected, assertThrows(UserException.class, () -> read(setting)).getMessage());
  }

  private static FlatImages read(String... settings) {
    List<Setting> all = new ArrayList<>(List.of(Setting.parse("dataset.name=synthetic-digits")));
    Stream.of(settings).map(Setting::parse).forEach(all::add);
    ExperimentConfig config = ConfigLoader.packaged().load("mnist", "nola", all);
    return FlatImages.read(config, Contexts.in(Path.of("unused")), SHAPE);
  }

  /** What tells a batch from others: the sum of its pixels. */
  private static List<Double> batches(FlatImages data, int epoch, int from) throws IOException {
    List<Double> sums = new ArrayList<>();
    data.epoch(epoch, from, batch -> sums.add(batch.getFeatures().sumNumber().doubleValue()));
    return sums;
  }

  private static double sum(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }
}
