// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;

/** A wrapped layer answers DL4J's calls as the trained one does. */
class WrappedContractTest {
  private static final AdapterPlan ALL =
      AdapterPlan.builder().adaptAll(w0 -> Nola.on(w0, 2, 8, 8)).build();

  private static NeuralNetConfiguration.Builder builder() {
    return new NeuralNetConfiguration.Builder()
        .seed(7)
        .updater(new Adam(0.01))
        .activation(Activation.TANH);
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
  }

  private static MultiLayerNetwork network(
      NeuralNetConfiguration.ListBuilder layers, InputType input) {
    MultiLayerNetwork network = new MultiLayerNetwork(layers.setInputType(input).build());
    network.init();
    return network;
  }

  // ---------------------------------------------------------------- masks

  /** Sequences of 10, 6 and 4 steps. */
  private static INDArray mask() {
    INDArray mask = Nd4j.ones(DataType.FLOAT, 3, 10);
    for (int t = 4; t < 10; t++) {
      mask.putScalar(2, t, 0);
      mask.putScalar(1, t, t < 6 ? 1 : 0);
    }
    return mask;
  }

  @ParameterizedTest
  @CsvSource({"Truncate, 1", "Truncate, 2", "Same, 1", "Same, 2"})
  void masksOfSequencesShrinkInConvolutions(ConvolutionMode mode, int stride) {
    INDArray steps = Nd4j.randn(DataType.FLOAT, 3, 5, 10);
    MultiLayerNetwork base =
        network(
            builder()
                .list()
                .layer(
                    new Convolution1DLayer.Builder(3)
                        .stride(stride)
                        .convolutionMode(mode)
                        .nOut(6)
                        .build())
                .layer(new GlobalPoolingLayer(PoolingType.AVG))
                .layer(new DenseLayer.Builder().nOut(7).build())
                .layer(output()),
            InputType.recurrent(5, 10));
    AdapterPlan frozen = AdapterPlan.builder().adapt("2", w0 -> Lora.on(w0, 1)).build();
    for (AdapterPlan plan : List.of(ALL, frozen)) {
      assertEquals(
          base.output(steps, false, mask(), null),
          Adapters.wrap(base, plan).network().output(steps, false, mask(), null));
    }
  }

  @ParameterizedTest
  @CsvSource({"Truncate, false", "Same, false", "Truncate, true", "Same, true"})
  void masksOfSentencesShrinkInConvolutions(ConvolutionMode mode, boolean fast) {
    INDArray sentences = Nd4j.randn(DataType.FLOAT, 3, 1, 10, 5);
    MultiLayerNetwork base =
        network(
            builder()
                .list()
                .layer(
                    new ConvolutionLayer.Builder(3, 5)
                        .stride(1, 5)
                        .convolutionMode(mode)
                        .nOut(6)
                        .build())
                .layer(new GlobalPoolingLayer(PoolingType.MAX))
                .layer(output()),
            InputType.convolutional(10, 5, 1));
    AdapterPlan.Builder plan = AdapterPlan.builder().adaptAll(w0 -> Nola.on(w0, 2, 8, 8));
    INDArray mask = mask().reshape(3, 1, 10, 1);
    INDArray expected = base.output(sentences, false, mask, null);
    INDArray actual =
        Adapters.wrap(base, (fast ? plan.fastConvolutions() : plan).build())
            .network()
            .output(sentences, false, mask, null);
    assertTrue(expected.equalsWithEps(actual, fast ? 1e-5 : 0), expected + " and " + actual);
  }

  // ---------------------------------------------------------------- noise

  @ParameterizedTest
  @EnumSource(
      value = WorkspaceMode.class,
      names = {"ENABLED", "NONE"})
  void weightNoiseIsDrawnAnewInEachPass(WorkspaceMode mode) {
    MultiLayerNetwork base =
        network(
            builder()
                .trainingWorkspaceMode(mode)
                .inferenceWorkspaceMode(mode)
                .list()
                .layer(new DenseLayer.Builder().nOut(6).build())
                .layer(new DenseLayer.Builder().nOut(6).weightNoise(new DropConnect(0.5)).build())
                .layer(output()),
            InputType.feedForward(5));
    INDArray x = Nd4j.randn(DataType.FLOAT, 3, 5);
    DataSet data = new DataSet(x, Nd4j.eye(3).castTo(DataType.FLOAT));
    MultiLayerNetwork wrapped = Adapters.wrap(base, ALL).network();
    Set<Double> draws = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      draws.add(wrapped.output(x, true).getDouble(0, 0));
    }
    assertTrue(draws.size() > 2, "draws " + draws);
    wrapped.score(data, true);
    wrapped.fit(data);
    AdapterPlan below = AdapterPlan.builder().adapt("0", w0 -> Lora.on(w0, 1)).build();
    MultiLayerNetwork frozen = Adapters.wrap(base, below).network();
    assertEquals(gradient(frozen, data), gradient(frozen, data), "a frozen layer has no noise");
  }

  private static INDArray gradient(MultiLayerNetwork network, DataSet data) {
    network.setInput(data.getFeatures());
    network.setLabels(data.getLabels());
    network.computeGradientAndScore();
    return network.gradient().gradient().dup();
  }

  // ---------------------------------------------------------------- regularization, constraints

  @Test
  void coefficientsHaveTheRegularizationOfTheirWeight() {
    MultiLayerNetwork base =
        network(
            builder()
                .l2(0.1)
                .list()
                .layer(new DenseLayer.Builder().nOut(6).build())
                .layer(output()),
            InputType.feedForward(5));
    MultiLayerNetwork wrapped = Adapters.wrap(base, ALL).network();
    assertEquals(
        List.of(new L2Regularization(0.1)),
        wrapped.getLayer(0).conf().getLayer().getRegularizationByParam("alpha"));
  }

  @Test
  void constraintsOnAdaptedWeightsAreRefused() {
    MultiLayerNetwork base =
        network(
            builder()
                .list()
                .layer(
                    new DenseLayer.Builder()
                        .name("fc")
                        .nOut(6)
                        .constrainWeights(new MaxNormConstraint(1, 1))
                        .build())
                .layer(output()),
            InputType.feedForward(5));
    String message =
        Assertions.assertThrows(IllegalArgumentException.class, () -> Adapters.wrap(base, ALL))
            .getMessage();
    assertTrue(
        message.startsWith("layer \"fc\" (DenseLayer) has a constraint (MaxNormConstraint)"),
        message);
  }

  // ---------------------------------------------------------------- files of earlier versions

  /** Those had one method per layer, and no axes. */
  @Test
  void configurationsOfEarlierVersionsAreRead() throws IOException {
    for (String adapted : List.of("conv1", "fc")) {
      MultiLayerNetwork wrapped =
          Adapters.wrap(
                  TrainedNetworks.lenet(DataType.FLOAT),
                  AdapterPlan.builder().adapt(adapted, w0 -> Lora.on(w0, 1)).build())
              .network();
      ObjectMapper json = NeuralNetConfiguration.mapper();
      JsonNode conf = json.readTree(wrapped.getLayerWiseConfigurations().toJson());
      for (JsonNode layer : conf.findParents("kernelView")) {
        JsonNode weights = ((ObjectNode) layer).remove("adaptedWeights");
        ((ObjectNode) layer)
            .set("reparameterization", weights == null ? null : weights.get("W").get("method"));
      }
      MultiLayerNetwork read =
          new MultiLayerNetwork(MultiLayerConfiguration.fromJson(conf.toString()));
      read.init();
      read.setParams(wrapped.params());
      INDArray x = TrainedNetworks.images(3, 1, DataType.FLOAT).getFeatures();
      assertEquals(wrapped.output(x), read.output(x));
    }
  }

  // ---------------------------------------------------------------- layers that DL4J froze

  @Test
  void layersThatTransferLearningFrozeCanBeAdapted() {
    MultiLayerNetwork plain =
        network(
            builder()
                .list()
                .layer(new DenseLayer.Builder().name("a").nOut(5).build())
                .layer(new DenseLayer.Builder().name("b").nOut(5).build())
                .layer(new DenseLayer.Builder().name("c").nOut(5).build())
                .layer(output()),
            InputType.feedForward(4));
    MultiLayerNetwork base =
        new TransferLearning.Builder(plain)
            .fineTuneConfiguration(
                new FineTuneConfiguration.Builder().updater(new Sgd(0.1)).build())
            .setFeatureExtractor(1)
            .build();
    INDArray x = Nd4j.randn(DataType.FLOAT, 3, 4);
    DataSet data = new DataSet(x, Nd4j.eye(3).castTo(DataType.FLOAT));
    for (String adapted : List.of("a", "b", "a|b", "a|c")) {
      Adapters<MultiLayerNetwork> adapters =
          Adapters.wrap(base, AdapterPlan.builder().adapt(adapted, w0 -> Lora.on(w0, 1)).build());
      assertEquals(base.output(x), adapters.network().output(x));
      adapters.network().fit(data);
      assertTrue(adapters.network().output(x).equalsWithEps(adapters.merge().output(x), 1e-5));
      assertEquals(base.params(), adapters.unmerge().params());
    }
    assertEquals(
        List.of("a", "b", "c", "3"),
        Adapters.wrap(base, ALL).adapter().layers().stream().map(AdapterLayer::name).toList());
  }

  @Test
  void aFrozenOutputLayerStaysFrozen() {
    MultiLayerNetwork base =
        network(
            builder()
                .list()
                .layer(new FrozenLayer(new DenseLayer.Builder().nOut(5).build()))
                .layer(
                    new org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop(output())),
            InputType.feedForward(4));
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(base, AdapterPlan.builder().adapt("0", w0 -> Lora.on(w0, 1)).build());
    assertEquals(1, adapters.adapter().layers().size());
    adapters
        .network()
        .fit(new DataSet(Nd4j.randn(DataType.FLOAT, 3, 4), Nd4j.eye(3).castTo(DataType.FLOAT)));
  }

  // ---------------------------------------------------------------- states over time steps

  /** Adapted layers start where the base is; frozen ones below and above keep its state too. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "0|1", "2"})
  void timeStepsHaveAState(String adapted) {
    MultiLayerNetwork base = recurrent();
    MultiLayerNetwork wrapped =
        Adapters.wrap(base, AdapterPlan.builder().adapt(adapted, w0 -> Lora.on(w0, 1)).build())
            .network();
    INDArray x = Nd4j.randn(DataType.FLOAT, 2, 3, 4);
    for (int i = 0; i < 3; i++) {
      assertEquals(base.rnnTimeStep(x), wrapped.rnnTimeStep(x));
    }
    assertEquals(base.rnnGetPreviousState(0), wrapped.rnnGetPreviousState(0));
    base.rnnClearPreviousState();
    wrapped.rnnClearPreviousState();
    assertEquals(base.rnnTimeStep(x), wrapped.rnnTimeStep(x));
    ComputationGraph graph = base.toComputationGraph();
    ComputationGraph wrappedGraph =
        Adapters.wrap(graph, AdapterPlan.builder().adapt(adapted, w0 -> Lora.on(w0, 1)).build())
            .network();
    for (int i = 0; i < 3; i++) {
      assertEquals(graph.rnnTimeStep(x)[0], wrappedGraph.rnnTimeStep(x)[0]);
    }
  }

  /**
   * With a state from one segment to the next: a wrapped layer that is trained as it was agrees.
   */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "2"})
  void truncatedBackpropagationGoesOnWithTheState(String trained) {
    MultiLayerNetwork base = recurrent();
    base.getLayerWiseConfigurations().setBackpropType(BackpropType.TruncatedBPTT);
    base.getLayerWiseConfigurations().setTbpttFwdLength(3);
    base.getLayerWiseConfigurations().setTbpttBackLength(3);
    INDArray x = Nd4j.randn(DataType.FLOAT, 2, 3, 9);
    INDArray y = Nd4j.zeros(DataType.FLOAT, 2, 3, 9);
    for (int t = 0; t < 9; t++) {
      y.putScalar(0, t % 3, t, 1);
      y.putScalar(1, (t + 1) % 3, t, 1);
    }
    AdapterPlan plan =
        AdapterPlan.builder().freeze("2").train(trained).updater(new Sgd(0.1)).build();
    AdapterPlan other =
        AdapterPlan.builder()
            .adapt(trained, w0 -> new org.nola4j.reparameterization.Dense(1, w0))
            .freeze("2")
            .updater(new Sgd(0.1))
            .build();
    if (trained.equals("2")) {
      plan = AdapterPlan.builder().train("2").updater(new Sgd(0.1)).build();
    }
    Adapters<MultiLayerNetwork> expected = Adapters.wrap(base, plan);
    Adapters<MultiLayerNetwork> actual = Adapters.wrap(base, other);
    zeroBiasRates(expected.network());
    for (int i = 0; i < 2; i++) {
      expected.network().fit(x, y);
      actual.network().fit(x, y);
    }
    assertNotEquals(base.getParam(trained + "_W"), actual.merge().getParam(trained + "_W"));
    assertTrue(
        expected
            .merge()
            .getParam(trained + "_W")
            .equalsWithEps(actual.merge().getParam(trained + "_W"), 1e-5));
  }

  /** So that only what an adapter can change does. */
  private static void zeroBiasRates(MultiLayerNetwork network) {
    for (Layer layer : network.getLayers()) {
      if (layer.conf().getLayer() instanceof org.deeplearning4j.nn.conf.layers.BaseLayer conf) {
        conf.setBiasUpdater(new Sgd(0));
      }
    }
  }

  private static MultiLayerNetwork recurrent() {
    return network(
        builder()
            .list()
            .layer(new LSTM.Builder().nOut(4).build())
            .layer(new LSTM.Builder().nOut(4).build())
            .layer(new RnnOutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build()),
        InputType.recurrent(3));
  }

  // ---------------------------------------------------------------- every call
}
