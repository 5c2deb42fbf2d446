// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

class NolaDenseTest {
  private static final int IN = 12;
  private static final int HIDDEN = 9;
  private static final int OUT = 4;

  static Stream<Reparameterization> methods() {
    return Methods.all();
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("methods")
  void graphAndDirectComputationAgree(Reparameterization method) {
    for (Bias bias : Bias.values()) {
      MultiLayerNetwork direct = network(method, bias, new Sgd(0.001));
      MultiLayerNetwork graph = direct.clone();
      Graphs.use(graph.getLayers());
      for (int step = 0; step < 3; step++) {
        assertClose(direct.output(input()), graph.output(input()), 1e-6);
        direct.fit(input(), labels());
        graph.fit(input(), labels());
      }
      assertClose(direct.params(), graph.params(), 1e-5);
    }
  }

  /** ND4J's interval indexing loses the last row of some views of the flat parameters. */
  @ParameterizedTest
  @MethodSource("methods")
  void foldedBiasOfALargeLayerBehindASmallOne(Reparameterization method) {
    MultiLayerNetwork direct =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(42)
                .updater(new Sgd(0.001))
                .list()
                .layer(dense("first", method, Bias.NONE, Activation.TANH).nOut(HIDDEN).build())
                .layer(dense("second", method, Bias.FOLDED, Activation.TANH).nOut(10).build())
                .layer(new LossLayer.Builder(LossFunction.MSE).build())
                .setInputType(InputType.feedForward(3))
                .build());
    direct.init();
    MultiLayerNetwork graph = direct.clone();
    Graphs.use(graph.getLayers());
    INDArray input = input().get(NDArrayIndex.all(), NDArrayIndex.interval(0, 3)).dup();
    INDArray labels = Nd4j.ones(input.size(0), 10);
    assertClose(direct.output(input), graph.output(input), 1e-6);
    direct.fit(input, labels);
    graph.fit(input, labels);
    assertClose(direct.params(), graph.params(), 1e-5);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void outputIsThatOfTheMaterializedWeight(Reparameterization method) {
    MultiLayerNetwork network = network(method, Bias.FREE, new Sgd(0.1));
    network.fit(input(), labels());
    INDArray expected = input();
    for (int i = 0; i < 2; i++) {
      INDArray w = weight(network, i);
      expected = expected.mmul(w).addRowVector(network.getParam(i + "_b"));
      expected = i == 0 ? Nd4j.math().tanh(expected) : expected;
    }
    assertClose(Nd4j.nn().softmax(expected), network.output(input()), 1e-5);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void survivesJson(Reparameterization method) {
    MultiLayerNetwork network = network(method, Bias.FOLDED, new Adam(0.01));
    MultiLayerConfiguration conf = network.getLayerWiseConfigurations();
    MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(conf.toJson());
    assertEquals(conf.getConf(0).getLayer(), read.getConf(0).getLayer());
    assertEquals(conf.toJson(), read.toJson());
    MultiLayerNetwork again = new MultiLayerNetwork(read);
    again.init();
    assertEquals(network.output(input()), again.output(input()));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void survivesModelSerializer(Reparameterization method, @TempDir Path folder) throws Exception {
    MultiLayerNetwork network = network(method, Bias.FREE, new Adam(0.01));
    network.fit(input(), labels());
    java.io.File file = folder.resolve("network.zip").toFile();
    ModelSerializer.writeModel(network, file, true);
    MultiLayerNetwork read = ModelSerializer.restoreMultiLayerNetwork(file, true);
    assertEquals(network.output(input()), read.output(input()));
    network.fit(input(), labels());
    read.fit(input(), labels());
    assertEquals(network.params(), read.params());
  }

  @Test
  void survivesModelSerializerInGraph(@TempDir Path folder) throws Exception {
    ComputationGraph graph = graph(Nola.on(FrozenWeight.seeded(), 2, 5, 5));
    graph.fit(new INDArray[] {input()}, new INDArray[] {labels()});
    java.io.File file = folder.resolve("graph.zip").toFile();
    ModelSerializer.writeModel(graph, file, true);
    ComputationGraph read = ModelSerializer.restoreComputationGraph(file, true);
    assertEquals(graph.outputSingle(input()), read.outputSingle(input()));
    assertEquals(graph.outputSingle(input()), graph.clone().outputSingle(input()));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void cloneIsEqualAndIndependent(Reparameterization method) {
    MultiLayerNetwork network = network(method, Bias.FREE, new Sgd(0.1));
    MultiLayerNetwork clone = network.clone();
    INDArray before = network.output(input());
    assertEquals(before, clone.output(input()));
    clone.fit(input(), labels());
    assertNotEquals(before, clone.output(input()));
    assertEquals(before, network.output(input()));
    assertNotSame(network.params(), clone.params());
  }

  @Test
  void setParamAssigns() {
    MultiLayerNetwork network = network(Nola.scratch(2, 5, 4), Bias.FREE, new Sgd(0.1));
    INDArray alpha = Nd4j.createFromArray(new float[][] {{1, 2, 3, 4, 5}});
    INDArray before = network.output(input());
    network.setParam("0_alpha", alpha);
    assertEquals(alpha, network.getParam("0_alpha"));
    assertNotEquals(before, network.output(input()));

    ComputationGraph graph = graph(Nola.scratch(2, 5, 4));
    graph.setParam("first_alpha", alpha);
    assertEquals(alpha, graph.getParam("first_alpha"));
  }

  @Test
  void setParamOfWrongShapeNamesBothShapes() {
    MultiLayerNetwork network = network(Nola.scratch(2, 5, 4), Bias.FREE, new Sgd(0.1));
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> network.setParam("0_alpha", Nd4j.zeros(1, 6)));
    assertTrue(
        error
            .getMessage()
            .contains("\"alpha\" has shape [1, 5], but the value given has shape [1, 6]"),
        error.getMessage());
    assertTrue(error.getMessage().contains("NolaDense \"first\""), error.getMessage());
  }

  @Test
  void denseMethodTakesTheSameSgdStepAsDenseLayer() {
    MultiLayerNetwork ours = network(new Dense(), Bias.FREE, new Sgd(0.1));
    MultiLayerNetwork theirs = builtIn(new Sgd(0.1));
    theirs.setParam("0_W", ours.getParam("0_W"));
    theirs.setParam("1_W", ours.getParam("1_W"));
    for (int step = 0; step < 5; step++) {
      ours.fit(input(), labels());
      theirs.fit(input(), labels());
    }
    for (String parameter : new String[] {"0_W", "0_b", "1_W", "1_b"}) {
      assertClose(
          theirs.getParam(parameter).reshape(-1), ours.getParam(parameter).reshape(-1), 1e-6);
    }
  }

  @Test
  void trainedNumbersAreTheOnlyParameters() {
    MultiLayerNetwork network =
        network(Nola.on(FrozenWeight.seeded(), 2, 5, 4), Bias.FREE, new Adam(0.1));
    assertEquals(2 * (5 + 4) + HIDDEN + OUT, network.numParams());
    network.fit(input(), labels());
    assertEquals(2 * network.numParams(), network.getUpdater().getStateViewArray().length());
  }

  @Test
  void weightDecayReachesCoefficientsOnlyWhereAsked() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Sgd(0.1))
            .weightDecay(0.5)
            .list()
            .layer(
                dense("first", Nola.scratch(2, 5, 4), Bias.FREE, Activation.IDENTITY)
                    .nOut(OUT)
                    .build())
            .layer(new LossLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY).build())
            .setInputType(InputType.feedForward(IN))
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    INDArray alpha = network.getParam("0_alpha").dup();
    network.fit(Nd4j.zeros(2, IN), Nd4j.zeros(2, OUT)); // no gradient but the decay's
    assertClose(alpha.mul(1 - 0.1 * 0.5), network.getParam("0_alpha"), 1e-6);
  }

  @Test
  void equalSeedsShareBasesAndOthersDoNot() {
    Reparameterization method = Nola.scratch(2, 5, 4);
    MultiLayerNetwork same = twoEqualLayers(method, 7, 7);
    MultiLayerNetwork other = twoEqualLayers(method, 7, 8);
    assertEquals(weight(same, 0), weight(same, 1));
    assertNotEquals(weight(other, 0), weight(other, 1));
  }

  @Test
  void seedComesFromTheNetworkUnlessSet() {
    INDArray one = network(Nola.scratch(2, 5, 4), Bias.FREE, new Sgd(1)).output(input());
    INDArray two = network(Nola.scratch(2, 5, 4), Bias.FREE, new Sgd(1)).output(input());
    assertEquals(one, two);
    assertNotEquals(
        one,
        network(Nola.scratch(2, 5, 4), Bias.FREE, new Sgd(1), Activation.TANH, 43).output(input()));
  }

  @Test
  void activationsKeepTheirArguments() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new NolaDense.Builder()
                        .nIn(IN)
                        .nOut(OUT)
                        .activation(new ActivationLReLU(0.3))
                        .build())
                .layer(
                    new LossLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY).build())
                .build());
    network.init();
    INDArray z = input().mmul(weight(network, 0));
    INDArray expected = z.dup();
    for (long i = 0; i < expected.length(); i++) {
      double value = z.getDouble(i);
      expected.putScalar(i, value < 0 ? 0.3 * value : value);
    }
    assertClose(expected, network.output(input()), 1e-6);
  }

  @Test
  void dropoutIsAppliedInTrainingOnly() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new NolaDense.Builder()
                        .nIn(IN)
                        .nOut(OUT)
                        .dropOut(0.5)
                        .activation(Activation.IDENTITY)
                        .build())
                .layer(
                    new LossLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY).build())
                .build());
    network.init();
    assertEquals(network.output(input(), false), network.output(input(), false));
    assertNotEquals(network.output(input(), true), network.output(input(), false));
  }

  @Test
  void wrongInputNamesLayerFieldAndValues() {
    MultiLayerNetwork network = network(Nola.scratch(2, 5, 4), Bias.FREE, new Sgd(1));
    var error =
        assertThrows(IllegalArgumentException.class, () -> network.output(Nd4j.zeros(2, IN + 1)));
    assertTrue(
        error
            .getMessage()
            .contains(
                "NolaDense \"first\": expected input of shape [batch, nIn = 12], but got [2, 13]"),
        error.getMessage());
  }

  @Test
  void conflictingNInNamesBothSizes() {
    var error =
        assertThrows(
            IllegalStateException.class,
            () ->
                new NeuralNetConfiguration.Builder()
                    .list()
                    .layer(new NolaDense.Builder().name("first").nIn(5).nOut(3).build())
                    .layer(new LossLayer.Builder(LossFunction.MSE).build())
                    .setInputType(InputType.feedForward(IN))
                    .validateOutputLayerConfig(false)
                    .overrideNinUponBuild(false)
                    .build());
    assertTrue(
        error
            .getMessage()
            .contains("NolaDense \"first\": nIn is set to 5, but the layer below gives 12"),
        error.getMessage());
  }

  @Test
  void rankTooLargeNamesMethodAndShape() {
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> network(Nola.scratch(13, 5, 4), Bias.FREE, new Sgd(1)));
    assertTrue(
        error
            .getMessage()
            .contains("nola: rank must be at most 12 for a weight of 12 x 9, but is 13"),
        error.getMessage());
  }

  @Test
  void missingGivenWeightIsNamed() {
    float[] w0 = new float[IN * HIDDEN];
    FrozenWeight given = FrozenWeight.given(w0, "base.safetensors");
    GivenWeights.forget(GivenWeights.sha256(w0));
    var error = assertThrows(IllegalStateException.class, () -> oneLayer(Nola.on(given, 1, 2, 2)));
    assertTrue(
        error.getMessage().contains("from base.safetensors is not in memory"), error.getMessage());
  }

  @Test
  void aForgottenWeightStaysWithTheNetworksThatWereBuiltWithIt() {
    float[] w0 = new float[IN * HIDDEN];
    Arrays.fill(w0, 0.25f);
    MultiLayerNetwork network = oneLayer(Nola.on(FrozenWeight.given(w0), 1, 2, 2));
    GivenWeights.forget(GivenWeights.sha256(w0));
    MultiLayerNetwork other = oneLayer(Nola.on(FrozenWeight.given(w0), 1, 2, 2));
    assertEquals(other.output(input()), network.output(input()));
  }

  @Test
  void halfPrecisionIsRefused() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.FLOAT16)
            .list()
            .layer(new NolaDense.Builder().name("first").nIn(5).nOut(3).build())
            .layer(new LossLayer.Builder(LossFunction.MSE).build())
            .build();
    var error =
        assertThrows(IllegalArgumentException.class, () -> new MultiLayerNetwork(conf).init());
    assertEquals(
        "NolaDense \"first\" computes in DataType.FLOAT or DOUBLE, but the network is of HALF",
        error.getMessage());
  }

  @Test
  void trainingOnAGivenWeightStartsFromIt() {
    float[] w0 = new float[IN * HIDDEN];
    for (int i = 0; i < w0.length; i++) {
      w0[i] = (float) Math.sin(i);
    }
    MultiLayerNetwork network = oneLayer(Nola.on(FrozenWeight.given(w0), 1, 2, 2));
    assertEquals(Nd4j.createFromArray(w0).reshape(IN, HIDDEN), weight(network, 0));
    MultiLayerNetwork read =
        new MultiLayerNetwork(
            MultiLayerConfiguration.fromJson(network.getLayerWiseConfigurations().toJson()));
    read.init();
    assertEquals(network.output(input()), read.output(input()));
  }

  @Test
  void firstLayerMaySkipTheGradientOfItsInput() {
    NolaDense.Builder builder =
        dense("first", Nola.scratch(2, 5, 4), Bias.FREE, Activation.TANH).nOut(OUT);
    MultiLayerNetwork with = oneLayer(builder.build());
    MultiLayerNetwork without = oneLayer(builder.inputGradient(false).build());
    with.fit(input(), labels());
    without.fit(input(), labels());
    assertEquals(with.params(), without.params());
  }

  // ---------------------------------------------------------------- fixtures

  private static INDArray weight(MultiLayerNetwork network, int layer) {
    ReparameterizedLayer conf = (ReparameterizedLayer) network.getLayer(layer).conf().getLayer();
    var factorization = conf.factorizations().get("W");
    Map<String, INDArray> table = network.getLayer(layer).paramTable();
    Map<String, float[]> vectors = new java.util.HashMap<>();
    table.forEach((name, array) -> vectors.put(name, array.dup('c').data().asFloat()));
    return Nd4j.createFromArray(factorization.weight(vectors))
        .reshape(factorization.shape().rows(), factorization.shape().columns());
  }

  private static MultiLayerNetwork network(Reparameterization method, Bias bias, IUpdater updater) {
    return network(method, bias, updater, Activation.TANH, 42);
  }

  private static MultiLayerNetwork network(
      Reparameterization method, Bias bias, IUpdater updater, Activation activation, long seed) {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .list()
            .layer(dense("first", method, bias, activation).nOut(HIDDEN).build())
            .layer(dense("second", method, bias, Activation.IDENTITY).nOut(OUT).build())
            .layer(
                new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.feedForward(IN))
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    return network;
  }

  private static NolaDense.Builder dense(
      String name, Reparameterization method, Bias bias, Activation activation) {
    return new NolaDense.Builder()
        .name(name)
        .bias(bias)
        .reparameterization(method)
        .activation(activation);
  }

  private static MultiLayerNetwork oneLayer(Reparameterization method) {
    return oneLayer(dense("first", method, Bias.FREE, Activation.TANH).nOut(HIDDEN).build());
  }

  private static MultiLayerNetwork oneLayer(NolaDense layer) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(42)
                .updater(new Sgd(0.1))
                .list()
                .layer(layer)
                .layer(
                    new LossLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY).build())
                .setInputType(InputType.feedForward(IN))
                .build());
    network.init();
    return network;
  }

  private static MultiLayerNetwork twoEqualLayers(
      Reparameterization method, long first, long second) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new NolaDense.Builder().nOut(IN).reparameterization(method).seed(first).build())
                .layer(
                    new NolaDense.Builder()
                        .nOut(IN)
                        .reparameterization(method)
                        .seed(second)
                        .build())
                .layer(
                    new LossLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY).build())
                .setInputType(InputType.feedForward(IN))
                .build());
    network.init();
    return network;
  }

  private static MultiLayerNetwork builtIn(IUpdater updater) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(updater)
                .list()
                .layer(new DenseLayer.Builder().nOut(HIDDEN).activation(Activation.TANH).build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(OUT)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(IN))
                .build());
    network.init();
    return network;
  }

  private static ComputationGraph graph(Reparameterization method) {
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(42)
            .updater(new Adam(0.01))
            .graphBuilder()
            .addInputs("in")
            .layer(
                "first", dense("first", method, Bias.FREE, Activation.TANH).nOut(OUT).build(), "in")
            .layer(
                "loss",
                new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build(),
                "first")
            .setOutputs("loss")
            .setInputTypes(InputType.feedForward(IN))
            .build();
    ComputationGraph graph = new ComputationGraph(conf);
    graph.init();
    return graph;
  }

  private static INDArray input() {
    return Normals.of(DataType.FLOAT, 3, 7, IN);
  }

  private static INDArray labels() {
    INDArray labels = Nd4j.zeros(7, OUT);
    for (int i = 0; i < 7; i++) {
      labels.putScalar(i, i % OUT, 1);
    }
    return labels;
  }

  private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
    assertArrayEquals(expected.shape(), actual.shape());
    double difference = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(
        difference <= tolerance * Math.max(1, expected.amaxNumber().doubleValue()),
        "differs by " + difference);
  }
}
