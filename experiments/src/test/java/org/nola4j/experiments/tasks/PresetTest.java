// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.Run;

/**
 * The packaged configurations. A rate that does not suit a method makes a network worse than one
 * whose layers are left alone, so those that are small enough to be trained here are compared with
 * that network, on a part of the data.
 */
class PresetTest {
  private static final Catalog CATALOG = Catalog.installed();
  private static final ConfigLoader PRESETS = ConfigLoader.packaged();

  /** 2,000 images to start from and 5,000 to adapt to: the least gain is 5 points. */
  private static final String ADAPTED =
      "base.dataset.name=synthetic-digits base.dataset.validation=10000 base.training.epochs=1"
          + " base.training.batchSize=32 dataset.name=mnist-10k dataset.validation=5000"
          + " training.epochs=1 training.batchSize=32";

  private static final String UNTRAINED =
      "reparameterization={\"method\":\"frozen\",\"w0\":\"seeded\"}";

  private static final int SIZE = 8;
  private static final int CLASSES = 10;
  private static final int BATCH = 40;
  private static final int STEPS = 60;

  /** With a dense head, the best that there is. */
  private static final LossesAlone RANDOM_CONVOLUTIONS =
      new LossesAlone(rate -> lastLoss(rate, UNTRAINED + " classifier={\"method\":\"dense\"}"));

  private static Double headAlone;

  @TempDir static Path results;

  /** All but NOLA's, which has a test of its own; the demonstration's larger one is here. */
  static Stream<Arguments> perceptrons() {
    String larger =
        "reparameterization.rank=8 reparameterization.k=500 reparameterization.l=500"
            + " training.learningRate=0.003 training.scaledRate=true";
    return Stream.concat(
        Stream.of(Arguments.of("nola", larger)),
        PRESETS.methods("mnist").stream()
            .filter(method -> !method.equals("nola"))
            .map(method -> Arguments.of(method, "")));
  }

  static Stream<String> adapters() {
    return PRESETS.methods("mnist-to-fashion").stream().filter(method -> !method.equals("head"));
  }

  /** Against a hidden layer that stays random, while the last one is trained in the same way. */
  @Tag("slow")
  @ParameterizedTest
  @MethodSource("perceptrons")
  void perceptronsTrainTheirHiddenLayerToAdvantage(String method, String settings)
      throws IOException {
    String part =
        "dataset.name=mnist-10k dataset.validation=5000 training.epochs=4 training.batchSize=64 "
            + settings;
    String last = "classifier=" + config("mnist", method, part).reparameterization();
    double gain =
        accuracy("mnist", method, part)
            - accuracy("mnist", method, part + " " + last + " " + UNTRAINED);
    assertTrue(gain > 0.01, "training the hidden layer gains " + gain);
  }

  /**
   * Its 16 + 16 coefficients a layer do so little that accuracies after a few steps do not show it;
   * with the preset's batches losses do: 0.99, 0.85, and 0.89 of those without.
   */
  @Tag("slow")
  @Test
  void theSmallestNolaTrainsItsHiddenLayerToAdvantage() throws IOException {
    String last = "classifier=" + config("mnist", "nola", "").reparameterization();
    double trained = 0;
    double alone = 0;
    for (int seed = 1; seed <= 3; seed++) {
      String part = "dataset.name=mnist-10k dataset.validation=5000 seed=" + seed;
      trained += lossOfEpoch(60, part);
      alone += lossOfEpoch(60, part + " " + last + " " + UNTRAINED);
    }
    assertTrue(trained < 0.95 * alone, trained + " with, " + alone + " without");
  }

  private static double lossOfEpoch(int last, String settings) throws IOException {
    ExperimentConfig config = config("mnist", "nola", settings);
    List<Double> losses = new ArrayList<>();
    try (Run run = CATALOG.experiment("mnist").start(config, Contexts.in(results))) {
      for (int epoch = 1; epoch <= last; epoch++) {
        losses.clear();
        run.trainEpoch(epoch, 0, (examples, loss) -> losses.add(loss));
      }
    }
    return losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** Against the network that is adapted, whose last layer is trained in the same way. */
  @Tag("slow")
  @ParameterizedTest
  @MethodSource("adapters")
  void adaptersAreTrainedToAdvantage(String method) throws IOException {
    if (headAlone == null) {
      headAlone = accuracy("mnist-to-fashion", "head", ADAPTED);
    }
    double gain = accuracy("mnist-to-fashion", method, ADAPTED) - headAlone;
    assertTrue(gain > 0.01, "training the adapters gains " + gain);
  }

  /** Gratings of random phase, whose classes are their directions. */
  private static DataSet gratings(int seed) {
    Random random = new Random(seed);
    float[] pixels = new float[BATCH * SIZE * SIZE * 3];
    INDArray labels = Nd4j.zeros(BATCH, CLASSES);
    int at = 0;
    for (int image = 0; image < BATCH; image++) {
      labels.putScalar(image, image % CLASSES, 1);
      double angle = Math.PI * (image % CLASSES) / CLASSES;
      double phase = 2 * Math.PI * random.nextDouble();
      for (int pixel = 0; pixel < SIZE * SIZE; pixel++) {
        int row = pixel / SIZE;
        int column = pixel % SIZE;
        double along = row * Math.cos(angle) + column * Math.sin(angle);
        for (int channel = 0; channel < 3; channel++) {
          pixels[at++] = (float) (Math.sin(phase + 1.6 * along) + 0.3 * random.nextGaussian());
        }
      }
    }
    return new DataSet(Nd4j.createFromArray(pixels).reshape(BATCH, SIZE, SIZE, 3), labels);
  }

  static Stream<Arguments> residual() {
    return Stream.of("cifar10-resnet20", "imagenet100-resnet18")
        .flatMap(
            experiment ->
                PRESETS.methods(experiment).stream()
                    .map(method -> Arguments.of(experiment, method)));
  }

  /**
   * By the methods and rates of both experiments, each on the smaller network, whose first weight
   * has no rank of 64.
   */
  @Tag("slow")
  @ParameterizedTest
  @MethodSource("residual")
  void residualNetworksTrainTheirConvolutionsToAdvantage(String experiment, String method) {
    ExperimentConfig preset = config(experiment, method, "");
    String bias = preset.model().as(ModelConfig.ResNet.class).bias().name();
    String settings =
        "model.bias=%s reparameterization=%s"
            .formatted(
                bias.toLowerCase(Locale.ROOT),
                preset.reparameterization().toString().replace("\"rank\":64", "\"rank\":32"));
    if (preset.classifier() != null) {
      settings += " classifier=" + preset.classifier();
    }
    double rate = preset.training().learningRate();
    RANDOM_CONVOLUTIONS.assertGain(rate, lastLoss(rate, settings), 0.85);
  }

  /** The mean of the last third of the steps. */
  private static double lastLoss(double rate, String settings) {
    ExperimentConfig config = config("cifar10-resnet20", "dense", settings);
    Network network =
        new Cifar10ResNet20Experiment().network(config, ExampleShape.images(SIZE, CLASSES));
    network.setLearningRate(rate);
    double sum = 0;
    for (int step = 0; step < STEPS; step++) {
      network.fit(gratings(step));
      sum += step < STEPS * 2 / 3 ? 0 : network.model().score();
    }
    return sum / (STEPS / 3);
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cifar10-resnet20     |
          imagenet100-resnet18 |
          vit-pretrain         |
          vit-fewshot          | model.network=vit-tiny model.depth=2
          """)
  void othersArePlanned(String experiment, String settings) {
    for (String method : PRESETS.methods(experiment)) {
      ExperimentConfig config = config(experiment, method, settings == null ? "" : settings);
      long trained = CATALOG.experiment(experiment).plan(config).parameters().trained();
      assertTrue(trained > 0, method);
    }
  }

  private static ExperimentConfig config(String experiment, String method, String settings) {
    List<Setting> parsed = new ArrayList<>();
    Arrays.stream(settings.split(" "))
        .filter(setting -> !setting.isEmpty())
        .forEach(setting -> parsed.add(Setting.parse(setting)));
    return PRESETS.load(experiment, method, parsed);
  }

  /** That of a whole run on the test set. */
  private static double accuracy(String experiment, String method, String settings)
      throws IOException {
    ExperimentConfig config = config(experiment, method, settings);
    try (Run run = CATALOG.experiment(experiment).start(config, Contexts.in(results))) {
      for (int epoch = 1; epoch <= config.training().epochs(); epoch++) {
        run.trainEpoch(epoch, 0, (examples, loss) -> {});
      }
      return run.testAccuracy();
    }
  }
}
