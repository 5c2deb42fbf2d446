// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Layers with coefficientBits, held against layers without it whose coefficients are the rounded
 * ones.
 */
@Tag("slow")
class QuantizationAwareTrainingTest {
  private static final int SIZE = 5;
  private static final int BATCH = 6;
  private static final int CLASSES = 3;

  static Stream<Reparameterization> methods() {
    return Methods.all();
  }

  static Stream<Arguments> methodsAndPaths() {
    return Methods.all()
        .flatMap(method -> Stream.of(true, false).map(graph -> Arguments.of(method, graph)));
  }

  @ParameterizedTest
  @MethodSource("methodsAndPaths")
  @ExtendWith(DoublePrecision.class)
  void gradientIsThatOfTheRoundedCoefficients(Reparameterization method, boolean byGraph) {
    MultiLayerNetwork quantized = network(method, 3, DataType.DOUBLE, new Sgd(1));
    MultiLayerNetwork rounded = network(method, 0, DataType.DOUBLE, new Sgd(1));
    rounded.setParams(quantized.params().dup());
    roundCoefficients(rounded, 3);
    if (byGraph) {
      Graphs.use(quantized.getLayers());
      Graphs.use(rounded.getLayers());
    }
    assertNotEquals(quantized.params(), rounded.params());
    Map<String, INDArray> expected = gradient(rounded);
    gradient(quantized).forEach((name, actual) -> assertClose(name, expected.get(name), actual));
    assertEquals(rounded.score(), quantized.score(), 1e-14);
    assertClose("output", rounded.output(input()), quantized.output(input()));
  }

  /** In float32 on oneDNN, too: with the factors' bits equal, the outputs' are. */
  @ParameterizedTest
  @MethodSource("methods")
  void outputsAreThoseOfTheRoundedCoefficients(Reparameterization method) {
    for (int bits = Quantizer.FEWEST_BITS; bits <= Quantizer.MOST_BITS; bits++) {
      MultiLayerNetwork quantized = network(method, bits, DataType.FLOAT, new Sgd(1));
      MultiLayerNetwork rounded = network(method, 0, DataType.FLOAT, new Sgd(1));
      rounded.setParams(quantized.params().dup());
      roundCoefficients(rounded, bits);
      assertArrayEquals(floats(rounded.output(input())), floats(quantized.output(input())));
      quantized.setParams(rounded.params());
      assertArrayEquals(floats(rounded.output(input())), floats(quantized.output(input())));
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  @ExtendWith(DoublePrecision.class)
  void theUpdaterChangesUnroundedNumbers(Reparameterization method) {
    MultiLayerNetwork network = network(method, 2, DataType.DOUBLE, new Sgd(1e-4));
    INDArray before = network.params().dup();
    network.fit(input(), labels());
    INDArray step = before.sub(network.params());
    // Half a step of two bits is half of the largest number, which no step of this rate is.
    assertTrue(step.amaxNumber().doubleValue() < 0.1, step::toString);
    assertTrue(step.amaxNumber().doubleValue() > 0);
    INDArray rounded = network.params().dup();
    roundCoefficients(network, 2);
    assertNotEquals(rounded, network.params());
  }

  /** The scale follows the largest number. */
  @Test
  @ExtendWith(DoublePrecision.class)
  void theScaleIsThatOfThePresentCoefficients() {
    MultiLayerNetwork network = network(Pranc.scratch(6), 4, DataType.DOUBLE, new Sgd(1));
    MultiLayerNetwork plain = network(Pranc.scratch(6), 0, DataType.DOUBLE, new Sgd(1));
    for (double largest : new double[] {3, 30, 0.3}) {
      network.getParam("0_alpha").putScalar(1, largest);
      plain.setParams(network.params().dup());
      roundCoefficients(plain, 4);
      assertClose("output", plain.output(input()), network.output(input()));
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void survivesJsonAndModelSerializer(Reparameterization method, @TempDir Path folder)
      throws Exception {
    MultiLayerNetwork network = network(method, 5, DataType.FLOAT, new Adam(0.01));
    MultiLayerConfiguration conf = network.getLayerWiseConfigurations();
    MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(conf.toJson());
    for (int i = 0; i < 2; i++) {
      assertEquals(conf.getConf(i).getLayer(), read.getConf(i).getLayer());
      assertEquals(5, ((ReparameterizedLayer) read.getConf(i).getLayer()).getCoefficientBits());
    }
    assertNotEquals(
        conf.getConf(0).getLayer(),
        network(method, 4, DataType.FLOAT, new Adam(0.01))
            .getLayerWiseConfigurations()
            .getConf(0)
            .getLayer());
    File file = folder.resolve("network.zip").toFile();
    ModelSerializer.writeModel(network, file, true);
    MultiLayerNetwork again = ModelSerializer.restoreMultiLayerNetwork(file, true);
    assertArrayEquals(floats(network.params()), floats(again.params()));
    network.fit(input(), labels());
    again.fit(input(), labels());
    assertArrayEquals(floats(network.output(input())), floats(again.output(input())));
  }

  @Test
  void offIsTheDefaultAndNotPartOfTheJson() {
    MultiLayerNetwork network = network(Nola.scratch(2, 5, 4), 0, DataType.FLOAT, new Sgd(1));
    assertFalse(network.getLayerWiseConfigurations().toJson().contains("coefficientBits"));
    assertEquals(0, new NolaDense.Builder().nOut(1).build().getCoefficientBits());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1, 9, 16})
  void otherWidthsAreRefused(int bits) {
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new NolaDense.Builder().coefficientBits(bits))
            .getMessage();
    assertTrue(message.contains("2 to 8 bits") && message.contains("" + bits), message);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @ExtendWith(DoublePrecision.class)
  void sharedCoefficientsAreRoundedAlike(boolean followersSayIt) {
    TiedNetworks networks = new TiedNetworks(Pranc.scratch(6), DataType.DOUBLE, new Sgd(1));
    MultiLayerNetwork quantized = tied(networks, 3, followersSayIt ? 3 : 0);
    MultiLayerNetwork rounded = tied(networks, 0, 0);
    rounded.setParams(quantized.params().dup());
    roundCoefficients(rounded, 3);
    quantized.setInput(networks.input());
    quantized.setLabels(networks.labels());
    quantized.computeGradientAndScore();
    rounded.setInput(networks.input());
    rounded.setLabels(networks.labels());
    rounded.computeGradientAndScore();
    Map<String, INDArray> expected = rounded.gradient().gradientForVariable();
    quantized
        .gradient()
        .gradientForVariable()
        .forEach((name, actual) -> assertClose(name, expected.get(name), actual));
  }

  @Test
  @ExtendWith(DoublePrecision.class)
  void sharedCoefficientsHaveOneWidth() {
    TiedNetworks networks = new TiedNetworks(Pranc.scratch(6), DataType.DOUBLE, new Sgd(1));
    String message =
        assertThrows(IllegalStateException.class, () -> tied(networks, 3, 4)).getMessage();
    assertTrue(
        message.contains("\"third\" has coefficientBits = 4")
            && message.contains("\"stem\", which has coefficientBits = 3"),
        message);
  }

  private static MultiLayerNetwork tied(TiedNetworks networks, int owner, int follower) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            networks
                .global()
                .list()
                .layer(networks.conv("stem").coefficientBits(owner).build())
                .layer(networks.dense(Bias.FREE).coefficientBits(follower).build())
                .layer(TiedNetworks.output())
                .setInputType(TiedNetworks.inputType())
                .build());
    network.init();
    network.params().addi(Normals.of(DataType.DOUBLE, 5, network.params().shape()).muli(0.3));
    return network;
  }

  static Stream<Reparameterization> trained() {
    return Stream.of(
        Nola.on(FrozenWeight.seeded(), 2, 20, 20),
        Lora.on(FrozenWeight.seeded(), 1),
        Pranc.scratch(20));
  }

  @ParameterizedTest
  @MethodSource("trained")
  void trains(Reparameterization method) {
    for (int bits : new int[] {2, 3}) {
      MultiLayerNetwork network = network(method, bits, DataType.FLOAT, new Adam(0.02));
      double before = network.score(dataSet());
      double least = before;
      for (int step = 0; step < 80; step++) {
        network.fit(input(), labels());
        least = Math.min(least, network.score());
      }
      assertTrue(least < 0.5 * before, bits + " bits: " + before + " to " + least);
    }
  }

  /** Diverging is the same as without quantization: the loss says it, nothing is thrown. */
  @Test
  void divergedTrainingGivesNaN() {
    MultiLayerNetwork network = network(Pranc.scratch(6), 4, DataType.FLOAT, new Sgd(1));
    network.getParam("0_alpha").putScalar(0, Float.NaN);
    assertTrue(Double.isNaN(network.output(input()).sumNumber().doubleValue()));
  }

  private static MultiLayerNetwork network(
      Reparameterization method, int bits, DataType type, IUpdater updater) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .dataType(type)
                .seed(12)
                .updater(updater)
                .list()
                .layer(
                    new NolaConv.Builder(3)
                        .nOut(4)
                        .convolutionMode(ConvolutionMode.Same)
                        .reparameterization(method)
                        .activation(Activation.TANH)
                        .coefficientBits(bits)
                        .build())
                .layer(
                    new NolaDense.Builder()
                        .nOut(4)
                        .bias(Bias.FOLDED)
                        .reparameterization(method)
                        .activation(Activation.TANH)
                        .coefficientBits(bits)
                        .build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(SIZE, SIZE, 2, CNN2DFormat.NHWC))
                .build());
    network.init();
    network.params().addi(Normals.of(type, 5, network.params().shape()).muli(0.3));
    return network;
  }

  /** What a network without coefficientBits must have to do the same. */
  private static void roundCoefficients(MultiLayerNetwork network, int bits) {
    network
        .paramTable()
        .forEach(
            (name, value) -> {
              int layer = Integer.parseInt(name.substring(0, name.indexOf('_')));
              if (network.getLayer(layer) instanceof RuntimeLayer && !name.endsWith("_b")) {
                value.assign(rounded(value, bits));
              }
            });
  }

  private static INDArray rounded(INDArray values, int bits) {
    if (values.dataType() == DataType.DOUBLE) {
      double[] numbers = values.dup('c').data().asDouble();
      new Quantizer(bits).round(numbers, numbers);
      return Nd4j.createFromArray(numbers).reshape(values.shape());
    }
    float[] numbers = floats(values);
    new Quantizer(bits).round(numbers, numbers);
    return Nd4j.createFromArray(numbers).reshape(values.shape());
  }

  private static Map<String, INDArray> gradient(MultiLayerNetwork network) {
    network.setInput(input());
    network.setLabels(labels());
    network.computeGradientAndScore();
    return network.gradient().gradientForVariable();
  }

  private static void assertClose(String name, INDArray expected, INDArray actual) {
    double largest = expected.amaxNumber().doubleValue();
    assertTrue(largest > 1e-6, () -> name + " is nothing to compare");
    double difference = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(difference <= 1e-12 * largest, () -> name + " differs by " + difference);
  }

  private static float[] floats(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  private static DataSet dataSet() {
    return new DataSet(input(), labels());
  }

  private static INDArray input() {
    return Normals.of(Nd4j.dataType(), 7, BATCH, SIZE, SIZE, 2);
  }

  private static INDArray labels() {
    INDArray labels = Nd4j.zeros(Nd4j.dataType(), BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    return labels;
  }
}
