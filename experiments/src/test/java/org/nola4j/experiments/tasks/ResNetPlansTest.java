// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.PaperFigures;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.Plan;

/** The counts of the paper's tables 8 and 9, part by part, and what settings make of them. */
@Tag("slow")
class ResNetPlansTest {
  private static final Map<String, Experiment> EXPERIMENTS =
      Map.of(
          "cifar10-resnet20", new Cifar10ResNet20Experiment(),
          "imagenet100-resnet18", new ImageNet100ResNet18Experiment());

  /** Trained, and with running statistics, which the paper counts for PRANC and HashedNet only. */
  @ParameterizedTest
  @CsvSource({
    "cifar10-resnet20, nola, 11500, 0, 1376, 12876",
    "cifar10-resnet20, pranc, 10000, 0, 1376, 11376",
    "cifar10-resnet20, pranc-layer, 10000, 0, 1376, 11376",
    "cifar10-resnet20, lora, 11909, 10, 1376, 13295",
    "cifar10-resnet20, hashednet, 10000, 0, 1376, 11376",
    "cifar10-resnet20, dense, 268336, 10, 1376, 269722",
    "cifar10-resnet20, nola-hadamard, 11500, 10, 1376, 12886",
    "cifar10-resnet20, nola-hadamard-rank32, 11500, 10, 1376, 12886",
    "cifar10-resnet20, nola-one-hot, 11500, 10, 1376, 12886",
    "cifar10-resnet20, nola-one-hot-rank32, 11500, 10, 1376, 12886",
    "cifar10-resnet20, pranc-hadamard, 10000, 0, 1376, 11376",
    "cifar10-resnet20, pranc-one-hot, 10000, 0, 1376, 11376",
    "cifar10-resnet20, pranc-layer-hadamard, 10000, 0, 1376, 11376",
    "cifar10-resnet20, pranc-layer-one-hot, 10000, 0, 1376, 11376",
    "imagenet100-resnet18, nola, 100000, 0, 9600, 109600",
    "imagenet100-resnet18, pranc-layer, 100000, 0, 9600, 109600",
    "imagenet100-resnet18, lora, 140654, 100, 9600, 150354",
    "imagenet100-resnet18, hashednet, 110000, 0, 9600, 119600",
    "imagenet100-resnet18, dense, 11218112, 100, 9600, 11227812"
  })
  void countsAreThePapers(
      String experiment, String method, long coefficients, long biases, long norm, long trained) {
    ParameterCounts counts = plan(experiment, method).parameters();
    assertEquals(coefficients, counts.coefficients());
    assertEquals(biases, counts.biases());
    assertEquals(norm, counts.batchNormAffine());
    assertEquals(norm, counts.batchNormStatistics());
    assertEquals(trained, counts.trained());
  }

  @Test
  void loraTakesItsRankTimesTheKernel() {
    Map<String, ParameterCounts> layers = plan("imagenet100-resnet18", "lora").layers();
    assertEquals(2 * 7 * (7 * 3 + 7 * 64), layers.get("stem").coefficients());
    assertEquals(2 * 3 * (3 * 64 + 3 * 64), layers.get("stage1.block1.conv1").coefficients());
    assertEquals(2 * (64 + 128), layers.get("stage2.block1.shortcut").coefficients());
    assertEquals(2 * (512 + 100), layers.get("classifier").coefficients());
    Plan plain = plan("imagenet100-resnet18", "lora", "reparameterization.rankTimesKernel=false");
    assertEquals(2 * (7 * 3 + 7 * 64), plain.layers().get("stem").coefficients());
  }

  @Test
  void sharedVectorLeavesNothingToTheClassifier() {
    assertFalse(plan("cifar10-resnet20", "pranc").layers().containsKey("classifier"));
    Throwable error =
        assertThrows(
            UserException.class,
            () ->
                plan(
                    "cifar10-resnet20",
                    "pranc-layer",
                    "reparameterization.shared=true",
                    "classifier.k=7"));
    assertEquals(
        "classifier: reparameterization.shared gives all layers, including the last, the same"
            + " coefficients: remove it",
        error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"cifar10-resnet20, nola, 12876", "cifar10-resnet20, pranc-layer, 11376"})
  void sharedBasesTrainAsMany(String experiment, String method, long trained) {
    Plan shared = plan(experiment, method, "reparameterization.bases=shared");
    assertEquals(trained, shared.parameters().trained());
    Plan separate = plan(experiment, method, "reparameterization.bases=separate");
    assertEquals(separate.layers(), shared.layers());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pranc       | reparameterization.bases=shared  | configuration of cifar10-resnet20/pranc: reparameterization.bases cannot be shared where shared is true: with equal coefficients as well, all weights of the same shape would be equal
          nola        | classifier.bases=shared          | classifier.bases: set reparameterization.bases, which applies to all layers including the last
          nola        | reparameterization.bases=own     | configuration of cifar10-resnet20/nola: reparameterization.bases must be one of separate, shared, was "own"
          """)
  void wrongBasesAreNamed(String method, String setting, String message) {
    assertEquals(
        message,
        assertThrows(UserException.class, () -> plan("cifar10-resnet20", method, setting))
            .getMessage());
  }

  /** Table 3: the rank costs no trained number. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 48})
  void everyRankTrainsAsMany(int rank) {
    Plan plan =
        plan(
            "cifar10-resnet20",
            "nola",
            "reparameterization.rank=" + rank,
            "classifier.rank=" + rank);
    assertEquals(12_876, plan.parameters().trained());
  }

  /** Beyond a layer's sizes the rank is reduced to the smaller one, and costs no number either. */
  @ParameterizedTest
  @CsvSource({"nola, 64, 12876", "nola-one-hot, 128, 12886", "nola-hadamard-rank32, 1000, 12886"})
  void cappedRankTrainsAsMany(String method, int rank, long trained) {
    Plan plan =
        plan(
            "cifar10-resnet20",
            method,
            "reparameterization.rank=" + rank,
            "classifier.rank=" + rank,
            "reparameterization.capRank=true",
            "classifier.capRank=true");
    assertEquals(trained, plan.parameters().trained());
  }

  /** LoRA's numbers show the ranks: 9 for 48 x 9, 128 of 192 x 192, 65 x 10 for the classifier. */
  @Test
  void rankIsCappedLayerByLayer() {
    String[] settings = {
      "reparameterization.rankTimesKernel=false",
      "reparameterization.rank=128",
      "reparameterization.capRank=true"
    };
    Map<String, ParameterCounts> layers = plan("cifar10-resnet20", "lora", settings).layers();
    assertEquals(9 * (48 + 9), layers.get("stem").coefficients());
    assertEquals(48 * (48 + 48), layers.get("stage1.block1.conv1").coefficients());
    assertEquals(128 * (192 + 192), layers.get("stage3.block3.conv2").coefficients());
    assertEquals(10 * (64 + 10), layers.get("classifier").coefficients());
  }

  @Test
  void ranksOfThePerceptronAreCappedToo() {
    List<Setting> settings =
        List.of(
            Setting.parse("reparameterization.rank=1000"),
            Setting.parse("reparameterization.capRank=true"));
    Map<String, ParameterCounts> layers =
        new MnistExperiment()
            .plan(ConfigLoader.packaged().load("mnist", "lora", settings))
            .layers();
    assertEquals(256 * (784 + 256), layers.get("dense1").coefficients());
    assertEquals(10 * (256 + 10), layers.get("dense2").coefficients());
  }

  @Test
  void classesAreTheDataSets() {
    assertEquals(65 * 100, classifier("dataset.name=cifar100"));
    assertEquals(65 * 37, classifier("dataset.name=pets"));
    assertEquals(
        65 * 3, classifier("dataset.name=cifar100", "dataset.classes={\"first\": 5, \"last\": 7}"));
    UserException error = assertThrows(UserException.class, () -> classifier("dataset.name=cifar"));
    assertTrue(error.getMessage().startsWith("unknown data set 'cifar';"), error.getMessage());
  }

  private static long classifier(String... settings) {
    return plan("cifar10-resnet20", "dense", settings).layers().get("classifier").trained();
  }

  @Test
  void classifierHasItsOwnMethod() {
    Plan plan = plan("cifar10-resnet20", "nola", "classifier.k=7", "classifier.l=8");
    assertEquals(15, plan.layers().get("classifier").coefficients());
    assertEquals(500, plan.layers().get("stem").coefficients());
  }

  @Test
  void foldedBiasIsPartOfTheClassifiersMatrix() {
    assertEquals(267_696 + 650, plan("cifar10-resnet20", "nola").parameters().frozen());
    Plan without = plan("cifar10-resnet20", "nola", "model.bias=none");
    assertEquals(267_696 + 640, without.parameters().frozen());
    assertEquals(12_876, without.parameters().trained());
  }

  @Test
  void kernelViewChangesWhatLoraTrains() {
    // 432 elements: 48 x 9 for loralib, 18 x 24 nearest to square.
    String square = "model.kernelView=nearest-square";
    Plan plan = plan("cifar10-resnet20", "lora", square);
    assertEquals(3 * (18 + 24), plan.layers().get("stem").coefficients());
    assertEquals(
        3 * (48 + 9), plan("cifar10-resnet20", "lora").layers().get("stem").coefficients());
  }

  @Test
  void otherNetworkIsRefused() {
    UserException error =
        assertThrows(
            UserException.class, () -> plan("cifar10-resnet20", "nola", "model.network=resnet18"));
    assertEquals("model.network: cifar10-resnet20 trains another network", error.getMessage());
  }

  @Test
  void rankThatDoesNotFitIsNamed() {
    UserException error =
        assertThrows(
            UserException.class,
            () -> plan("cifar10-resnet20", "nola", "reparameterization.rank=500"));
    assertEquals(
        "reparameterization: NolaConv \"stem\": nola: rank must be at most 48 for a weight of 48 x"
            + " 9, but is 500",
        error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"cifar10-resnet20, 269722, 0.8892", "imagenet100-resnet18, 11227812, 0.821"})
  void paperFileHasTheTable(String experiment, long trained, double accuracy) {
    PaperFigures paper = PaperFigures.of(ConfigLoader.packaged().paper(experiment).orElseThrow());
    assertEquals(trained, paper.figures().get("dense").trained());
    assertEquals(accuracy, paper.figures().get("dense").testAccuracy());
  }

  private static Plan plan(String experiment, String method, String... settings) {
    List<Setting> parsed = List.of(settings).stream().map(Setting::parse).toList();
    return EXPERIMENTS
        .get(experiment)
        .plan(ConfigLoader.packaged().load(experiment, method, parsed));
  }
}
