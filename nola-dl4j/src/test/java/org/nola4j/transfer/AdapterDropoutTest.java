// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** LoRA's dropout where the layer's weight is formed. */
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
        .freeze("head")
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
  }

  @Test
  void truncatedBackpropagationIsRefusedByName() {
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new LSTM.Builder().name("lstm").nIn(3).nOut(4).build())
                .layer(
                    new RnnOutputLayer.Builder()
                        .nIn(4)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(3, 8))
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTLength(4)
                .build());
    base.init();
    AdapterPlan plan =
        AdapterPlan.builder().adapt("lstm.W", w0 -> Lora.on(w0, 1)).adapterDropout(0.2).build();
    MultiLayerNetwork network = Adapters.wrap(base, plan).network();
    INDArray x = Nd4j.rand(DataType.FLOAT, 2, 3, 8);
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> network.fit(x, Nd4j.ones(DataType.FLOAT, 2, 2, 8)))
            .getMessage();
    assertTrue(message.contains("\"lstm\" has adapterDropout"), message);
  }
}
