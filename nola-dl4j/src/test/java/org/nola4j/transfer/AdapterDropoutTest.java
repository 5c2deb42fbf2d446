// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** LoRA's dropout where the layer's weight is formed. */
@Tag("slow")
class AdapterDropoutTest {
  /** The weights that multiply the input of layers with others. */
  private static final Map<String, String> WEIGHTS =
      Map.of(
          "LSTM", "x.W",
          "LastTimeStep", "x.W",
          "SimpleRnn", "x.W",
          "Bidirectional", "x.(f|b)W",
          "SelfAttentionLayer", "x.W[qkv]");

  private static AdapterPlan plan(
      String weights, double rate, Function<FrozenWeight, Reparameterization> method) {
    return AdapterPlan.builder()
        .adapt(weights, method)
        .freeze("head|out")
        .adapterDropout(rate)
        .updater(new NoOp())
        .build();
  }

  private static MultiLayerNetwork wrapped(String type, DataType dataType, double rate) {
    MultiLayerNetwork base = LayerCases.adapted().get(type).network(dataType);
    Function<FrozenWeight, Reparameterization> method =
        type.startsWith("DenseLayer") ? w0 -> Pranc.on(w0, 5) : w0 -> Lora.on(w0, 1);
    String weights = WEIGHTS.getOrDefault(type, "x");
    AdapterPlan.Builder plan =
        AdapterPlan.builder().adapt(weights, method).adapterDropout(rate).updater(new NoOp());
    MultiLayerNetwork network = Adapters.wrap(base, plan.build()).network();
    Nd4j.getRandom().setSeed(5);
    network
        .params()
        .addi(Nd4j.rand(DataType.FLOAT, network.params().shape()).muli(0.4).castTo(dataType));
    return network;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DenseLayer",
        "DenseLayer with layer norm",
        "ConvolutionLayer",
        "Convolution1DLayer",
        "Convolution3D",
        "Deconvolution2D",
        "Deconvolution3D",
        "LSTM",
        "SimpleRnn",
        "LastTimeStep",
        "Bidirectional",
        "TimeDistributed",
        "SelfAttentionLayer"
      })
  void dropsWhatEntersTheAdapterInTraining(String type) {
    INDArray x = LayerCases.adapted().get(type).features(DataType.FLOAT);
    MultiLayerNetwork plain = wrapped(type, DataType.FLOAT, 0);
    INDArray expected = plain.output(x);
    MultiLayerNetwork some = wrapped(type, DataType.FLOAT, 0.5);
    assertTrue(expected.equalsWithEps(some.output(x), 1e-5)); // not at inference
    assertFalse(expected.equalsWithEps(some.output(x, true), 1e-4));
    INDArray none = wrapped(type, DataType.FLOAT, 1e-7).output(x, true);
    assertTrue(expected.equalsWithEps(none, 1e-4), () -> expected + " but " + none);
    MultiLayerNetwork all = wrapped(type, DataType.FLOAT, 1 - 1e-7);
    INDArray without = all.output(x, true);
    plain.getLayer("x").params().assign(0);
    assertTrue(
        plain.output(x).equalsWithEps(without, 1e-4), () -> plain.output(x) + " but " + without);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DenseLayer",
        "DenseLayer with layer norm",
        "ConvolutionLayer",
        "Convolution1DLayer",
        "Convolution3D",
        "Deconvolution2D",
        "Deconvolution3D",
        "LSTM",
        "SimpleRnn",
        "LastTimeStep",
        "Bidirectional",
        "TimeDistributed",
        "SelfAttentionLayer"
      })
  void gradientsAreThoseOfTheNumbersDrawn(String type) {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    try {
      LayerCases.Case each = LayerCases.adapted().get(type);
      MultiLayerNetwork network = wrapped(type, DataType.DOUBLE, 0.4);
      DataSet data = each.data(network, DataType.DOUBLE);
      assertTrue(
          GradientCheckUtil.checkGradients(
              new GradientCheckUtil.MLNConfig()
                  .net(network)
                  .epsilon(1e-6)
                  .maxRelError(1e-4)
                  .minAbsoluteError(1e-8)
                  .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                  .callEachIter(one -> Nd4j.getRandom().setSeed(7)) // the same draw
                  .input(data.getFeatures())
                  .labels(data.getLabels())));
    } finally {
      Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }
  }

  /** As in loralib and PEFT: the input is an index. */
  @ParameterizedTest
  @ValueSource(strings = {"EmbeddingLayer", "EmbeddingSequenceLayer"})
  void embeddingsAreNotDropped(String type) {
    INDArray x = LayerCases.adapted().get(type).features(DataType.FLOAT);
    INDArray expected = wrapped(type, DataType.FLOAT, 0).output(x, true);
    assertTrue(expected.equalsWithEps(wrapped(type, DataType.FLOAT, 0.5).output(x, true), 0));
  }

  @Test
  void whereItCannotBeItIsRefusedByName() {
    for (String type :
        List.of("LSTM", "DepthwiseConvolution2D", "SeparableConvolution2D", "MaskZeroLayer")) {
      MultiLayerNetwork base = LayerCases.adapted().get(type).network(DataType.FLOAT);
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Adapters.wrap(base, plan("x", 0.1, w0 -> Lora.on(w0, 1))))
              .getMessage();
      assertTrue(
          message.startsWith("layer \"x\" (" + type + ") cannot have adapterDropout: "), message);
    }
    ComputationGraph ours = TrainedNetworks.ours(DataType.FLOAT);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Adapters.wrap(ours, plan("conv1", 0.1, w0 -> Lora.on(w0, 1))))
            .getMessage();
    assertTrue(
        message.startsWith("layer \"conv1\" (NolaConv) cannot have adapterDropout"), message);
  }

  /**
   * Under truncated backpropagation through time, where nearly nothing is dropped, training is that
   * without dropout, state from segment to segment included; otherwise it is not.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void truncatedBackpropagationGoesOnWithTheState(boolean masked) {
    DataSet data = sequences(masked);
    MultiLayerNetwork plain = truncated(0);
    MultiLayerNetwork none = truncated(1e-7);
    MultiLayerNetwork some = truncated(0.5);
    for (MultiLayerNetwork each : List.of(plain, none, some)) {
      for (int i = 0; i < 3; i++) {
        each.fit(data);
      }
    }
    assertTrue(plain.params().equalsWithEps(none.params(), 1e-5));
    assertFalse(plain.params().equalsWithEps(some.params(), 1e-3));
    MultiLayerNetwork whole = truncated(0);
    whole.getLayerWiseConfigurations().setBackpropType(BackpropType.Standard);
    for (int i = 0; i < 3; i++) {
      whole.fit(data);
    }
    assertFalse(plain.params().equalsWithEps(whole.params(), 1e-3)); // segments matter here
    INDArray step = data.getFeatures().get(all(), all(), interval(0, 2));
    for (int i = 0; i < 2; i++) {
      assertTrue(plain.rnnTimeStep(step).equalsWithEps(none.rnnTimeStep(step), 1e-5));
    }
  }

  private static MultiLayerNetwork truncated(double rate) {
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .list()
                .layer(new LSTM.Builder().name("lstm").nOut(4).build())
                .layer(new SimpleRnn.Builder().name("simple").nOut(4).build())
                .layer(new RnnOutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.recurrent(3))
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTForwardLength(3)
                .tBPTTBackwardLength(2)
                .build());
    base.init();
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("(lstm|simple).W", w0 -> Lora.on(w0, 2))
            .adapterDropout(rate)
            .updater(new Sgd(0.5))
            .build();
    MultiLayerNetwork network = Adapters.wrap(base, plan).network();
    TrainedNetworks.perturb(network.params());
    return network;
  }

  private static DataSet sequences(boolean masked) {
    Nd4j.getRandom().setSeed(8);
    INDArray x = Nd4j.randn(DataType.FLOAT, 2, 3, 8);
    INDArray y = Nd4j.zeros(DataType.FLOAT, 2, 2, 8);
    for (int t = 0; t < 8; t++) {
      y.putScalar(new int[] {0, t % 2, t}, 1);
      y.putScalar(new int[] {1, t / 4, t}, 1);
    }
    INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 8);
    mask.get(point(1), interval(5, 8)).assign(0);
    return masked ? new DataSet(x, y, mask, mask.dup()) : new DataSet(x, y);
  }
}
