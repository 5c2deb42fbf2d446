// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
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

  private static Double headAlone;

  @TempDir static Path results;

  /**
   * All but NOLA's, whose 16 + 16 coefficients a layer move so little that seeds and epochs decide
   * (-1.5 to 7.5 points); the demonstration's larger one takes its place.
   */
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
    String untrained = "reparameterization={\"method\":\"frozen\",\"w0\":\"seeded\"}";
    double gain =
        accuracy("mnist", method, part)
            - accuracy("mnist", method, part + " " + last + " " + untrained);
    assertTrue(gain > 0.01, "training the hidden layer gains " + gain);
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
