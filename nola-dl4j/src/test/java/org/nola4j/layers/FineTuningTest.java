// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

/** DL4J's transfer learning on networks that have this library's layers. */
class FineTuningTest {
  private static final INDArray X = Nd4j.linspace(-1, 1, 24).castTo(Nd4j.dataType()).reshape(6, 4);
  private static final INDArray Y = Nd4j.vstack(Nd4j.eye(3), Nd4j.eye(3));

  static Stream<Reparameterization> methods() {
    return Stream.of(Nola.scratch(2, 4, 4), Lora.on(FrozenWeight.seeded(), 2), new Dense());
  }

  private static MultiLayerNetwork network(Reparameterization method) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam(0.1))
                .activation(Activation.TANH)
                .list()
                .layer(new DenseLayer.Builder().nOut(6).build())
                .layer(new NolaDense.Builder().nOut(5).reparameterization(method).build())
                .layer(output())
                .setInputType(InputType.feedForward(4))
                .build());
    network.init();
    return network;
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
  }

  private static ComputationGraph graph(Reparameterization method) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam(0.1))
                .activation(Activation.TANH)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(4))
                .addLayer("dense", new DenseLayer.Builder().nOut(6).build(), "in")
                .addLayer(
                    "nola",
                    new NolaDense.Builder().nOut(5).reparameterization(method).build(),
                    "dense")
                .addLayer("out", output(), "nola")
                .setOutputs("out")
                .build());
    graph.init();
    return graph;
  }

  private static FineTuneConfiguration.Builder settings() {
    return new FineTuneConfiguration.Builder();
  }

  private static FineTuneConfiguration all(Sgd updater) {
    return settings()
        .updater(updater)
        .biasUpdater(new Sgd(0.01))
        .l2(0.3)
        .dropOut(0.7)
        .activation(Activation.SIGMOID)
        .gradientNormalization(GradientNormalization.ClipL2PerLayer)
        .gradientNormalizationThreshold(0.4)
        .build();
  }

  private static void assertAll(NolaDense layer, Sgd mine) {
    assertEquals(mine, layer.getIUpdater());
    assertNotSame(mine, layer.getIUpdater());
    assertEquals(mine, layer.getUpdaterByParam("alpha"));
    assertEquals(new Sgd(0.01), layer.getUpdaterByParam("b"));
    assertEquals(List.of(new L2Regularization(0.3)), layer.getRegularizationByParam("alpha"));
    assertEquals(new Dropout(0.7), layer.getIDropout());
    assertInstanceOf(ActivationSigmoid.class, layer.getActivationFn());
    assertEquals(GradientNormalization.ClipL2PerLayer, layer.getGradientNormalization());
    assertEquals(0.4, layer.getGradientNormalizationThreshold());
  }

  @Test
  void settingsReachLayersOfANetwork() {
    Sgd mine = new Sgd(0.05);
    MultiLayerNetwork tuned =
        new TransferLearning.Builder(network(Nola.scratch(2, 4, 4)))
            .fineTuneConfiguration(all(mine))
            .validateOutputLayerConfig(false) // its activation is replaced too
            .build();
    assertAll((NolaDense) tuned.getLayer(1).conf().getLayer(), mine);
    tuned.fit(X, Y);
  }

  @Test
  void settingsReachLayersOfAGraph() {
    Sgd mine = new Sgd(0.05);
    ComputationGraph graph = graph(Nola.scratch(2, 4, 4));
    ComputationGraph tuned =
        new TransferLearning.GraphBuilder(graph)
            .fineTuneConfiguration(all(mine))
            .validateOutputLayerConfig(false)
            .build();
    assertAll((NolaDense) tuned.getLayer("nola").conf().getLayer(), mine);
    assertEquals(graph.params(), tuned.params());
    tuned.fit(new INDArray[] {X}, new INDArray[] {Y});
  }

  @Test
  void regularizationCanBeRemoved() {
    NolaDense layer = new NolaDense.Builder().nIn(4).nOut(5).l2(0.1).build();
    NeuralNetConfiguration conf = new NeuralNetConfiguration.Builder().layer(layer).build();
    settings().l2(0).build().applyToNeuralNetConfiguration(conf);
    assertEquals(List.of(), layer.getRegularization());
  }

  @Test
  void convolutionModeReachesConvolutions() {
    NolaConv conv = new NolaConv.Builder(3).nIn(1).nOut(5).build();
    NeuralNetConfiguration conf = new NeuralNetConfiguration.Builder().layer(conv).build();
    settings().convolutionMode(ConvolutionMode.Same).build().applyToNeuralNetConfiguration(conf);
    assertEquals(ConvolutionMode.Same, conv.getConvolutionMode());
  }

  @Test
  void weightNoiseIsRefused() {
    TransferLearning.Builder builder =
        new TransferLearning.Builder(network(new Dense()))
            .fineTuneConfiguration(settings().weightNoise(new DropConnect(0.5)).build());
    String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(message.contains("NolaDense \"layer1\""), message);
  }

  /** With other bases the trained coefficients would mean other weights. */
  @Test
  void trainedCoefficientsKeepTheirBasesUnderAnotherSeed() {
    FineTuneConfiguration other = settings().seed(99).build();
    TransferLearning.Builder network =
        new TransferLearning.Builder(network(Nola.scratch(2, 4, 4))).fineTuneConfiguration(other);
    String message = assertThrows(IllegalStateException.class, network::build).getMessage();
    assertTrue(message.contains("NolaDense \"layer1\"") && message.contains("seed 99"), message);
    TransferLearning.GraphBuilder graph =
        new TransferLearning.GraphBuilder(graph(Nola.scratch(2, 4, 4)))
            .fineTuneConfiguration(other);
    message = assertThrows(IllegalStateException.class, graph::build).getMessage();
    assertTrue(message.contains("NolaDense \"nola\"") && message.contains("seed 99"), message);

    MultiLayerNetwork trained = network(Nola.scratch(2, 4, 4));
    trained.fit(X, Y);
    MultiLayerNetwork tuned =
        new TransferLearning.Builder(trained)
            .fineTuneConfiguration(settings().seed(3).updater(new Sgd(0.1)).build())
            .build();
    assertEquals(trained.output(X), tuned.output(X));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void outputsBelowCanBeReplaced(Reparameterization method) {
    MultiLayerNetwork wider =
        new TransferLearning.Builder(network(method)).nOutReplace(0, 9, WeightInit.XAVIER).build();
    check(wider, 9, 5);
    ComputationGraph graph =
        new TransferLearning.GraphBuilder(graph(method))
            .nOutReplace("dense", 9, WeightInit.XAVIER)
            .build();
    check(graph, 9, 5);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void outputsCanBeReplaced(Reparameterization method) {
    MultiLayerNetwork wider =
        new TransferLearning.Builder(network(method)).nOutReplace(1, 8, WeightInit.XAVIER).build();
    check(wider, 6, 8);
    ComputationGraph graph =
        new TransferLearning.GraphBuilder(graph(method))
            .nOutReplace("nola", 8, WeightInit.XAVIER)
            .build();
    check(graph, 6, 8);
  }

  private static void check(MultiLayerNetwork network, long nIn, long nOut) {
    NolaDense layer = (NolaDense) network.getLayer(1).conf().getLayer();
    assertEquals(nIn, layer.getNIn());
    assertEquals(nOut, layer.getNOut());
    assertArrayEquals(new long[] {6, nOut}, network.feedForward(X).get(2).shape());
    INDArray before = network.params().dup();
    network.fit(X, Y);
    assertNotEquals(before, network.params());
  }

  private static void check(ComputationGraph graph, long nIn, long nOut) {
    NolaDense layer = (NolaDense) graph.getLayer("nola").conf().getLayer();
    assertEquals(nIn, layer.getNIn());
    assertEquals(nOut, layer.getNOut());
    assertArrayEquals(new long[] {6, nOut}, graph.feedForward(X, false).get("nola").shape());
    INDArray before = graph.params().dup();
    graph.fit(new INDArray[] {X}, new INDArray[] {Y});
    assertNotEquals(before, graph.params());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void inputsCanBeReplaced(Reparameterization method) {
    MultiLayerNetwork other =
        new TransferLearning.Builder(network(method))
            .nOutReplace(0, 7, WeightInit.XAVIER)
            .nInReplace(1, 7, WeightInit.XAVIER)
            .build();
    check(other, 7, 5);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void layersCanBeFrozenAddedAndRemoved(Reparameterization method) {
    MultiLayerNetwork network = network(method);
    MultiLayerNetwork other =
        new TransferLearning.Builder(network)
            .fineTuneConfiguration(settings().seed(3).updater(new Sgd(0.1)).build())
            .setFeatureExtractor(1)
            .removeOutputLayer()
            .addLayer(new NolaDense.Builder().name("new").nIn(5).nOut(4).build())
            .addLayer(
                new OutputLayer.Builder().nIn(4).nOut(3).activation(Activation.SOFTMAX).build())
            .build();
    assertInstanceOf(FrozenLayer.class, other.getLayer(1));
    assertEquals(network.feedForward(X).get(2), other.feedForward(X).get(2));
    INDArray held = other.getLayer(1).params().dup();
    INDArray added = other.getLayer(2).params().dup();
    other.fit(X, Y);
    assertEquals(held, other.getLayer(1).params());
    assertNotEquals(added, other.getLayer(2).params());
    assertTrue(other.summary().contains("Frozen NolaDenseLayer"), other.summary());
  }

  @Test
  void aLayerAddedToANetworkHasItsSeedAfterSaving() {
    MultiLayerNetwork other =
        new TransferLearning.Builder(network(new Dense()))
            .fineTuneConfiguration(settings().seed(3).updater(new Sgd(0.1)).build())
            .removeOutputLayer()
            .addLayer(new NolaDense.Builder().nIn(5).nOut(4).build())
            .addLayer(
                new OutputLayer.Builder().nIn(4).nOut(3).activation(Activation.SOFTMAX).build())
            .build();
    MultiLayerNetwork clone = other.clone();
    assertEquals(other.output(X), clone.output(X));
  }
}
