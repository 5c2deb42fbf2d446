// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;

class TransformerTest {
  private static final DataType FLOAT = DataType.FLOAT;

  static Stream<SmallVision> forms() {
    SmallVision base = SmallVision.of(Nola.on(FrozenWeight.seeded(), 2, 3, 3));
    return Stream.of(
        SmallVision.dense(),
        SmallVision.of(Nola.scratch(2, 3, 3)),
        SmallVision.of(Pranc.scratch(6).withW0(FrozenWeight.seeded())),
        base.with(NormPosition.PRE, MlpActivation.GELU_TANH),
        base.with(NormPosition.PRE, MlpActivation.RELU),
        base.with(NormPosition.POST, MlpActivation.GELU),
        base.with(NormPosition.POST, MlpActivation.RELU),
        base.with(TokenPooling.Kind.CLASS_TOKEN, TokenPooling.Norm.NONE, true),
        base.with(TokenPooling.Kind.CLASS_TOKEN, TokenPooling.Norm.AFTER, true),
        base.with(TokenPooling.Kind.MEAN, TokenPooling.Norm.AFTER, true),
        base.with(TokenPooling.Kind.MEAN, TokenPooling.Norm.BEFORE, true),
        base.with(TokenPooling.Kind.MEAN, TokenPooling.Norm.BEFORE, false),
        base.withoutQkvBias());
  }

  static Stream<SmallVision> fewForms() {
    SmallVision base = SmallVision.of(Nola.on(FrozenWeight.seeded(), 2, 3, 3));
    return Stream.of(
        base,
        base.with(NormPosition.POST, MlpActivation.RELU).withoutQkvBias(),
        base.with(TokenPooling.Kind.MEAN, TokenPooling.Norm.NONE, false));
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("forms")
  void sameDiffAgrees(SmallVision form) {
    ComputationGraph direct = form.graph(FLOAT);
    ComputationGraph sameDiff = form.graph(FLOAT);
    SmallVision.useSameDiff(sameDiff);
    for (int batch : new int[] {SmallVision.BATCH, 2}) {
      INDArray images = SmallVision.images(FLOAT, batch);
      INDArray labels = SmallVision.labels(FLOAT, batch);
      assertClose(sameDiff.outputSingle(images), direct.outputSingle(images), 1e-5);
      direct.fit(new INDArray[] {images}, new INDArray[] {labels});
      sameDiff.fit(new INDArray[] {images}, new INDArray[] {labels});
      assertClose(sameDiff.params(), direct.params(), 1e-4);
    }
  }

  /** Other steps of DL4J's between the two passes do not disturb what is kept. */
  @Test
  void evaluationBetweenStepsChangesNothing() {
    ComputationGraph plain = SmallVision.dense().graph(FLOAT);
    ComputationGraph evaluated = SmallVision.dense().graph(FLOAT);
    INDArray[] images = {SmallVision.images(FLOAT)};
    INDArray[] labels = {SmallVision.labels(FLOAT)};
    for (int step = 0; step < 3; step++) {
      plain.fit(images, labels);
      evaluated.fit(images, labels);
      evaluated.output(SmallVision.images(FLOAT, 5));
    }
    assertEquals(plain.params(), evaluated.params());
  }

  @ParameterizedTest
  @MethodSource("fewForms")
  void survivesJson(SmallVision form) {
    ComputationGraphConfiguration conf = form.configuration(FLOAT);
    ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(conf.toJson());
    assertEquals(conf.toJson(), read.toJson());
    assertEquals(conf, read);
  }

  @ParameterizedTest
  @MethodSource("fewForms")
  void survivesModelSerializer(SmallVision form, @TempDir Path folder) throws Exception {
    ComputationGraph graph = form.graph(FLOAT);
    File file = folder.resolve("graph.zip").toFile();
    ModelSerializer.writeModel(graph, file, true);
    ComputationGraph read = ModelSerializer.restoreComputationGraph(file, true);
    INDArray images = SmallVision.images(FLOAT);
    assertEquals(graph.outputSingle(images), read.outputSingle(images));
    assertEquals(graph.outputSingle(images), graph.clone().outputSingle(images));
  }

  @Test
  void adapterHoldsAllThatIsTrained(@TempDir Path folder) throws Exception {
    SmallVision form = SmallVision.of(Nola.on(FrozenWeight.seeded(), 2, 3, 3));
    ComputationGraph graph = form.graph(FLOAT);
    Path file = folder.resolve("adapter.safetensors");
    Adapter.of(graph).write(file, Precision.F32);
    ComputationGraph other = new ComputationGraph(form.configuration(FLOAT));
    other.init();
    Adapter.read(file).applyTo(other);
    assertEquals(graph.params(), other.params());
  }

  @Test
  void directParametersStartWhereTheySay() {
    ComputationGraph graph = new ComputationGraph(SmallVision.dense().configuration(FLOAT));
    graph.init();
    assertEquals(Nd4j.ones(FLOAT, 1, 4), graph.getParam("block0_norm1.gamma"));
    assertEquals(Nd4j.zeros(FLOAT, 1, 4), graph.getParam("block0_norm1.beta"));
    assertEquals(Nd4j.zeros(FLOAT, 1, 6), graph.getParam("block0_fc1.b"));
    INDArray positions = graph.getParam("embedding_pos");
    assertArrayEquals(new long[] {7, 4}, positions.shape());
    assertTrue(positions.amaxNumber().doubleValue() <= 0.04);
    assertEquals(0.0176, positions.stdNumber().doubleValue(), 0.005);
    ComputationGraph again = new ComputationGraph(SmallVision.dense().configuration(FLOAT));
    again.init();
    assertEquals(graph.params(), again.params());
  }

  @Test
  void countsOfVitBase() {
    Dense dense = new Dense();
    assertEquals(
        new ParameterCount(7_077_888, 9_984, 0, 0, 0, 0), count(block().reparameterization(dense)));
    Nola nola = Nola.on(FrozenWeight.seeded(), 4, 1024, 1024);
    assertEquals(6 * 2048, count(block().reparameterization(nola)).coefficients());
    Lora lora = Lora.on(FrozenWeight.seeded(), 1);
    ParameterCount mixed =
        count(
            block()
                .reparameterization(dense)
                .reparameterization("fc1", lora)
                .reparameterization("fc2", lora));
    assertEquals(4 * 768 * 768 + 2 * (768 + 3072), mixed.coefficients());
    assertEquals(2 * 768 * 3072, mixed.frozen());
  }

  private static TransformerBlock.Builder block() {
    return new TransformerBlock.Builder().nIn(768).heads(12);
  }

  private static ParameterCount count(TransformerBlock.Builder block) {
    ComputationGraph graph = single(block.build(), InputType.recurrent(768, 3, RNNFormat.NWC));
    return ParameterCount.of(graph);
  }

  private static ComputationGraph single(Layer layer, InputType type) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .graphBuilder()
                .addInputs("in")
                .layer("layer", layer, "in")
                .setOutputs("layer")
                .setInputTypes(type)
                .build());
    graph.init();
    return graph;
  }

  @Test
  void outputTypes() {
    PatchEmbedding embedding =
        new PatchEmbedding.Builder().nIn(3).nOut(768).patchSize(16).imageSize(224).build();
    assertEquals(197, embedding.tokens());
    InputType tokens = InputType.recurrent(768, 197, RNNFormat.NWC);
    assertEquals(tokens, embedding.getOutputType(0, InputType.convolutional(224, 224, 3)));
    assertEquals(tokens, block().build().getOutputType(0, tokens));
    TokenPooling pooling = new TokenPooling.Builder().nIn(768).build();
    assertEquals(InputType.feedForward(768), pooling.getOutputType(0, tokens));
  }

  @Test
  void aPatchIsARowOfChannelThenYThenX() {
    PatchEmbedding embedding =
        new PatchEmbedding.Builder()
            .nOut(8)
            .patchSize(2)
            .classToken(false)
            .reparameterization(new Dense())
            .build();
    ComputationGraph graph = single(embedding, InputType.convolutional(4, 6, 2));
    graph.params().assign(0);
    graph.getParam("layer_W").assign(Nd4j.eye(8));
    INDArray image = Nd4j.arange(48).castTo(FLOAT).reshape(1, 2, 4, 6);
    INDArray tokens = graph.outputSingle(image);
    assertArrayEquals(new long[] {1, 6, 8}, tokens.shape());
    float[] last = {16, 17, 22, 23, 40, 41, 46, 47};
    assertArrayEquals(last, tokens.slice(0).slice(5).toFloatVector());
  }

  @Test
  void errorsSayWhatIsWrong() {
    assertMessage(
        "TransformerBlock: nIn = 10 must be a multiple of heads = 3",
        () -> new TransformerBlock.Builder().nIn(10).heads(3).build());
    assertMessage(
        "TransformerBlock \"b\": heads must be at least 1, but is 0",
        () -> new TransformerBlock.Builder().name("b").nIn(10).build());
    assertMessage(
        "a transformer block has the weights [q, k, v, proj, fc1, fc2], but none called \"qkv\"",
        () -> block().reparameterization("qkv", new Dense()));
    assertMessage(
        "PatchEmbedding: the image's height and width must be multiples of patchSize = 16, but are"
            + " 30 and 32",
        () -> new PatchEmbedding.Builder().nOut(4).imageSize(30, 32).build());
    assertMessage("there is none", () -> new TokenPooling.Builder().classToken(false).build());
    assertMessage(
        "expected tokens, InputType.recurrent(width, tokens, RNNFormat.NWC)",
        () -> single(block().build(), InputType.recurrent(768, 3, RNNFormat.NCW)));
    assertMessage(
        "nIn is set to 768, but the layer below gives tokens of 96 values",
        () -> {
          block().build().setNIn(InputType.recurrent(96, 3, RNNFormat.NWC), false);
          return null;
        });
    assertMessage(
        "in NCHW",
        () ->
            single(
                new PatchEmbedding.Builder().nOut(4).build(),
                InputType.convolutional(32, 32, 3, CNN2DFormat.NHWC)));
  }

  @Test
  void wrongInputSaysWhatIsExpected() {
    ComputationGraph graph = SmallVision.dense().graph(FLOAT);
    assertMessage(
        "expected images of shape [batch, 2, 4, 6], but got [3, 2, 6, 4]",
        () -> graph.outputSingle(SmallVision.images(FLOAT).permute(0, 1, 3, 2)));
    TransformerBlock block =
        new TransformerBlock.Builder().nIn(4).heads(2).reparameterization(new Dense()).build();
    ComputationGraph single = single(block, InputType.recurrent(4, 3, RNNFormat.NWC));
    assertMessage(
        "expected input of shape [batch, tokens, nIn = 4], but got [2, 4, 3]",
        () -> single.outputSingle(Nd4j.zeros(FLOAT, 2, 4, 3)));
    assertMessage(
        "expected a mask of shape [2, 3], but got [2, 4]",
        () -> masked(single, Nd4j.ones(FLOAT, 2, 4)));
    assertMessage(
        "expected a mask of ones and zeros, but text 1 has 0.5",
        () -> masked(single, Nd4j.ones(FLOAT, 2, 3).putScalar(1, 2, 0.5)));
    assertMessage(
        "the mask leaves text 1 no token",
        () -> masked(single, Nd4j.createFromArray(new float[][] {{1, 1, 0}, {0, 0, 0}})));
  }

  private static INDArray masked(ComputationGraph graph, INDArray mask) {
    INDArray[] input = {Nd4j.zeros(FLOAT, 2, 3, 4)};
    return graph.output(false, input, new INDArray[] {mask})[0];
  }

  /** A block over layers that are not trained needs no gradient of its input. */
  @Test
  void inputGradientMayBeLeftOut() {
    ComputationGraph with = blockWithLoss(true);
    ComputationGraph without = blockWithLoss(false);
    INDArray[] tokens = {org.nola4j.layers.Normals.of(FLOAT, 3, 2, 3, 4)};
    INDArray[] labels = {Nd4j.zeros(FLOAT, 2, 4)};
    with.fit(tokens, labels);
    without.fit(tokens, labels);
    assertEquals(with.params(), without.params());
  }

  private static ComputationGraph blockWithLoss(boolean inputGradient) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .graphBuilder()
                .addInputs("in")
                .layer(
                    "block", SmallVision.dense().block().inputGradient(inputGradient).build(), "in")
                .layer("pooling", new TokenPooling.Builder().build(), "block")
                .layer(
                    "loss",
                    new LossLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY).build(),
                    "pooling")
                .setOutputs("loss")
                .setInputTypes(InputType.recurrent(4, 3, RNNFormat.NWC))
                .build());
    graph.init();
    return graph;
  }

  private static void assertMessage(String part, Supplier<?> action) {
    Exception e = assertThrows(RuntimeException.class, action::get);
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    assertTrue(message.contains(part), message);
  }

  private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
    assertTrue(Arrays.equals(expected.shape(), actual.shape()));
    double difference = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(difference <= tolerance, "difference " + difference);
  }
}
