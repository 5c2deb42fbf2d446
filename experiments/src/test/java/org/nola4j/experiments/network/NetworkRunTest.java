// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.results.QuantizedMetrics;
import org.nola4j.experiments.tasks.Cifar10ResNet20Experiment;
import org.nola4j.experiments.tasks.MnistExperiment;

class NetworkRunTest {
  private static final ExampleShape IMAGES = ExampleShape.images(8, 10);

  @TempDir Path folder;

  /** With batch normalization, whose running statistics are part of the state. */
  @Tag("slow")
  @ParameterizedTest
  @CsvSource({"nola, 1", "nola, 3", "nola-qat, 2", "lora, 2", "dense, 2", "pranc, 1"})
  void graphContinuedWithinAnEpochEndsWithTheSameBits(String method, int stopAfter)
      throws IOException {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    List<Double> whole = new ArrayList<>();
    NetworkRun one = resNet(method);
    one.trainEpoch(1, 0, (examples, loss) -> {});
    one.trainEpoch(
        2,
        0,
        (examples, loss) -> {
          whole.add(loss);
          if (whole.size() == stopAfter) {
            one.writeState(state);
          }
        });
    List<Double> rest = new ArrayList<>();
    NetworkRun two = resNet(method);
    two.readState(new ByteArrayInputStream(state.toByteArray()));
    two.trainEpoch(2, stopAfter, (examples, loss) -> rest.add(loss));

    assertEquals(whole.subList(stopAfter, RandomImages.BATCHES), rest);
    assertEquals(one.evaluate(), two.evaluate());
    assertArrayEquals(adapter(one, "one"), adapter(two, "two"));
    assertArrayEquals(state(one), state(two));
  }

  @Tag("slow")
  @Test
  void graphLearns() throws IOException {
    NetworkRun run = resNet("nola");
    List<Double> losses = new ArrayList<>();
    for (int epoch = 1; epoch <= 8; epoch++) {
      run.trainEpoch(epoch, 0, (examples, loss) -> losses.add(loss));
    }
    double first = losses.get(0);
    double last = losses.get(losses.size() - 1);
    assertTrue(last < 0.7 * first, first + " to " + last);
  }

  @Tag("slow")
  @Test
  void coefficientsOfFewerBitsAreMeasuredAndPutBack() throws IOException {
    List<Setting> settings = List.of(Setting.parse("evaluation.coefficientBits=[16,8,2]"));
    ExperimentConfig config = ConfigLoader.packaged().load("cifar10-resnet20", "nola", settings);
    Network network = resNetwork("nola");
    NetworkRun run = run(config, network);
    for (int epoch = 1; epoch <= 3; epoch++) {
      run.trainEpoch(epoch, 0, (examples, loss) -> {});
    }
    byte[] before = state(run);
    List<QuantizedMetrics> quantized = run.evaluate().quantized();
    assertArrayEquals(before, state(run));
    assertEquals(List.of(16, 8, 2), quantized.stream().map(QuantizedMetrics::bits).toList());
    Adapter trained = network.adapter();
    assertEquals(trained.bytes(Precision.F16), quantized.get(0).adapterBytes());
    assertEquals(trained.quantized(2).bytes(Precision.F32), quantized.get(2).adapterBytes());
    for (QuantizedMetrics each : quantized.subList(1, 3)) {
      network.apply(trained.quantized(each.bits()));
      assertEquals(run(config, network).testAccuracy(), each.testAccuracy());
    }
  }

  @Test
  void networkThatDivergedIsMeasuredNoFurther() {
    List<Setting> settings = List.of(Setting.parse("evaluation.coefficientBits=[8]"));
    ExperimentConfig config = ConfigLoader.packaged().load("cifar10-resnet20", "nola", settings);
    Network network = resNetwork("nola");
    network.model().params().assign(Double.NaN);
    FinalMetrics metrics = run(config, network).evaluate();
    assertTrue(Double.isNaN(metrics.trainLoss()), metrics.toString());
    assertEquals(List.of(), metrics.quantized());
  }

  /** Since it moves results, as another processor does. */
  @Test
  void engineSaysWhetherIntegersMayBeMultipliedAsBfloat16() {
    NetworkRun run = resNet("nola");
    String backend = run.engine().backend();
    System.setProperty("nola4j.bfloat16", "true");
    try {
      assertEquals(backend + ", nola4j.bfloat16", run.engine().backend());
    } finally {
      System.clearProperty("nola4j.bfloat16");
    }
  }

  @Test
  void stateCountsEveryStep() throws IOException {
    Network network = resNetwork("nola");
    List<Integer> iterations = new ArrayList<>();
    run(config("nola"), network)
        .trainEpoch(3, 2, (examples, loss) -> iterations.add(network.counters().iterations()));
    assertEquals(List.of(1, 2), iterations);
    assertEquals(2, network.counters().epochs());
  }

  @Test
  void stateOfAnotherNetworkIsRefused() throws IOException {
    byte[] state = state(resNet("nola"));
    IOException error =
        assertThrows(
            IOException.class, () -> resNet("dense").readState(new ByteArrayInputStream(state)));
    assertTrue(error.getMessage().startsWith("expected 271098 parameters, but"), error.toString());
  }

  @Tag("slow")
  @Test
  void batchNormalizationIsCountedApart() {
    var layers = ParameterCounts.of(resNetwork("nola").layers());
    assertEquals(500, layers.get("stem").coefficients());
    assertEquals(32, layers.get("stem.norm").batchNormAffine());
    assertEquals(32, layers.get("stem.norm").batchNormStatistics());
    assertEquals(0, layers.get("stem.norm").coefficients());
    var perceptron = ParameterCounts.of(perceptron().layers());
    assertEquals(List.of("dense1", "dense2"), List.copyOf(perceptron.keySet()));
    assertEquals(256, perceptron.get("dense1").biases());
  }

  @Test
  void ratesOfStepsAreResumed() throws IOException {
    String schedule = "training.schedule={\"kind\":\"linear\",\"warmupSteps\":2}";
    String[] settings = {"training.epochs=2", "training.epsilon=1e-6", schedule};
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    NetworkRun one = run(config("nola", settings), resNetwork("nola"));
    int[] steps = {0};
    one.trainEpoch(
        1,
        0,
        (examples, loss) -> {
          if (++steps[0] == 2) {
            one.writeState(state);
          }
        });
    NetworkRun two = run(config("nola", settings), resNetwork("nola"));
    two.readState(new ByteArrayInputStream(state.toByteArray()));
    two.trainEpoch(1, 2, (examples, loss) -> {});
    assertArrayEquals(state(one), state(two));
    NetworkRun constant = run(config("nola"), resNetwork("nola"));
    constant.trainEpoch(1, 0, (examples, loss) -> {});
    assertFalse(Arrays.equals(state(one), state(constant)));
  }

  @Test
  void runMustBeLongerThanItsWarmUp() {
    String schedule = "training.schedule={\"kind\":\"linear\",\"warmupSteps\":500}";
    ExperimentConfig config = config("nola", "training.epochs=1", schedule);
    UserException error = assertThrows(UserException.class, () -> run(config, resNetwork("nola")));
    assertTrue(error.getMessage().contains("warmupSteps must be less than"), error.getMessage());
  }

  @Test
  void decayShrinksCoefficientsApartFromTheGradient() throws IOException {
    Network plain = resNetwork("lora");
    INDArray before = coefficients(plain).dup();
    run(config("lora"), plain).trainEpoch(1, RandomImages.BATCHES - 1, (examples, loss) -> {});
    Network decayed = resNetwork("lora");
    run(config("lora", "training.weightDecay=0.5"), decayed)
        .trainEpoch(1, RandomImages.BATCHES - 1, (examples, loss) -> {});
    INDArray difference = coefficients(decayed).sub(coefficients(plain));
    assertTrue(before.norm2Number().doubleValue() > 0.1, before.toString());
    INDArray error = difference.add(before.mul(0.005 * 0.5)); // rate, decay
    assertEquals(0, error.norm2Number().doubleValue(), 1e-5 * before.norm2Number().doubleValue());
  }

  private static INDArray coefficients(Network network) {
    return network.layers().get("stem").paramTable().values().iterator().next();
  }

  private static Network perceptron() {
    return new MnistExperiment()
        .network(
            ConfigLoader.packaged().load("mnist", "nola", List.of()), ExampleShape.flat(784, 10));
  }

  private static void write(Network network, Path file) throws IOException {
    network.adapter().write(file, Precision.F32);
  }

  private static NetworkRun resNet(String method) {
    return run(config(method), resNetwork(method));
  }

  private static NetworkRun run(ExperimentConfig config, Network network) {
    return new NetworkRun(
        config,
        network,
        new RandomImages(IMAGES),
        NetworkRunTest::write,
        Rounds::oneAfterAnother,
        null);
  }

  private static Network resNetwork(String method) {
    return new Cifar10ResNet20Experiment().network(config(method), IMAGES);
  }

  private static ExperimentConfig config(String method, String... more) {
    List<Setting> settings = new ArrayList<>(Arrays.stream(more).map(Setting::parse).toList());
    settings.add(Setting.parse("training.learningRate=0.005"));
    if (method.equals("nola-qat")) {
      settings.add(Setting.of("reparameterization.coefficientBits", 3));
      return ConfigLoader.packaged().load("cifar10-resnet20", "nola", settings);
    }
    if (method.equals("pranc")) {
      // One vector for all layers; the 10,000 of the configuration would take minutes here.
      settings.add(Setting.of("reparameterization.k", 100));
    }
    return ConfigLoader.packaged().load("cifar10-resnet20", method, settings);
  }

  private static byte[] state(NetworkRun run) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    run.writeState(out);
    return out.toByteArray();
  }

  private byte[] adapter(NetworkRun run, String name) throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    run.writeAdapter(file);
    return Files.readAllBytes(file);
  }
}
