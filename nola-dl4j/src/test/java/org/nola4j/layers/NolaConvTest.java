// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

class NolaConvTest {
  private static final int BATCH = 3;
  private static final int HEIGHT = 7;
  private static final int WIDTH = 6;
  private static final int CHANNELS = 2;
  private static final int CLASSES = 3;

  static Stream<Reparameterization> methods() {
    return Methods.all();
  }

  static Stream<NolaConv.Builder> geometries() {
    return Stream.of(
        dense(3, 3),
        dense(1, 1),
        dense(3, 2).padding(1),
        dense(3, 3).padding(1).stride(2),
        dense(2, 3).stride(1, 2).padding(0, 1).hasBias(false),
        dense(2, 2).dilation(2, 1),
        dense(3, 3).convolutionMode(ConvolutionMode.Same),
        dense(2, 3).stride(2).convolutionMode(ConvolutionMode.Same),
        dense(4, 2).stride(3, 1).convolutionMode(ConvolutionMode.Same).hasBias(false),
        dense(8, 7).padding(4),
        dense(2, 7).stride(2).padding(0, 4).hasBias(false),
        dense(9, 8).convolutionMode(ConvolutionMode.Same));
  }

  private static NolaConv.Builder dense(int... kernelSize) {
    return new NolaConv.Builder(kernelSize)
        .nOut(3)
        .reparameterization(new Dense())
        .activation(Activation.TANH);
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("methods")
  void oneDnnAndGraphAgree(Reparameterization method) {
    for (CNN2DFormat format : CNN2DFormat.values()) {
      assertDirectEqualsGraph(dense(3, 2).reparameterization(method).padding(1), format);
    }
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void oneDnnAndGraphAgreeOnEveryGeometry(NolaConv.Builder builder) {
    assertDirectEqualsGraph(builder, CNN2DFormat.NHWC);
  }

  static Stream<NolaConv.Builder> factored() {
    return geometries().map(builder -> builder.nOut(40));
  }

  /** Two passes of eight channels in place of a formed kernel; the same sums in another order. */
  @Tag("slow")
  @ParameterizedTest
  @MethodSource
  void factored(NolaConv.Builder builder) {
    assumeTrue(OneDnn.available(), "needs oneDNN");
    for (int rank : new int[] {3, 8}) {
      assertFactoredEqualsFormed(builder, rank);
    }
  }

  private static void assertFactoredEqualsFormed(NolaConv.Builder builder, int rank) {
    NolaConv below = dense(1, 1).nOut(40).build();
    Nola method = Nola.scratch(rank, 20, 20).withC(3);
    MultiLayerNetwork factored =
        network(CNN2DFormat.NHWC, below, builder.reparameterization(method).build());
    Nola onZeros = method.withW0(FrozenWeight.given(new float[zeros(builder)]));
    MultiLayerNetwork formed =
        network(CNN2DFormat.NHWC, below, builder.reparameterization(onZeros).build());
    INDArray start = factored.params().dup();
    assertEquals(start, formed.params());
    INDArray input = input(CNN2DFormat.NHWC);
    assertClose(formed.output(input), factored.output(input), 1e-5);
    step(factored, input);
    step(formed, input);
    assertClose(formed.params(), factored.params(), 1e-5);
    assertTrue(start.sub(factored.params()).amaxNumber().doubleValue() > 1e-3);
  }

  private static int zeros(NolaConv.Builder builder) {
    NolaConv conf = builder.build();
    return 40 * 40 * conf.getKernelSize()[0] * conf.getKernelSize()[1];
  }

  private static void assertDirectEqualsGraph(NolaConv.Builder builder, CNN2DFormat format) {
    assumeTrue(OneDnn.available(), "needs oneDNN");
    assumeTrue(
        builder.build().getDilation()[0] == 1,
        "ND4J's conv2d refuses dilation in float32 with its own oneDNN");
    MultiLayerNetwork direct = network(format, builder.build(), builder.build());
    MultiLayerNetwork graph = direct.clone();
    Graphs.use(graph.getLayers());
    INDArray input = input(format);
    assertClose(graph.output(input), direct.output(input), 1e-5);
    step(direct, input);
    step(graph, input);
    assertClose(graph.params(), direct.params(), 1e-5);
  }

  /** One step of plain gradient descent, so that parameters differ by gradients. */
  private static void step(MultiLayerNetwork network, INDArray input) {
    network.fit(input, labels());
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void denseMethodIsDl4jsConvolutionLayer(NolaConv.Builder builder) {
    NolaConv conf = builder.build();
    MultiLayerNetwork ours = network(CNN2DFormat.NCHW, conf);
    MultiLayerNetwork theirs =
        network(
            CNN2DFormat.NCHW,
            new ConvolutionLayer.Builder(conf.getKernelSize())
                .nOut(conf.getNOut())
                .stride(conf.getStride())
                .padding(conf.getPadding())
                .dilation(conf.getDilation())
                .convolutionMode(conf.getConvolutionMode())
                .hasBias(conf.isHasBias())
                .activation(Activation.TANH)
                .build());
    copyKernel(ours, theirs, conf);
    INDArray input = input(CNN2DFormat.NCHW);
    assertClose(theirs.output(input), ours.output(input), 1e-5);
    step(ours, input);
    step(theirs, input);
    assertClose(theirs.output(input), ours.output(input), 1e-4);
  }

  private static void copyKernel(MultiLayerNetwork ours, MultiLayerNetwork theirs, NolaConv conf) {
    int[] k = conf.getKernelSize();
    INDArray kernel =
        ours.getLayer(0)
            .getParam("W")
            .reshape(conf.getNOut(), k[0], CHANNELS, k[1])
            .permute(0, 2, 1, 3);
    theirs.setParam("0_W", kernel.dup('c'));
    theirs.setParam("1_W", ours.getParam("1_W"));
    if (conf.isHasBias()) {
      INDArray bias = Nd4j.createFromArray(0.1f, -0.2f, 0.3f).reshape(1, 3);
      ours.setParam("0_b", bias);
      theirs.setParam("0_b", bias);
    }
  }

  @ParameterizedTest
  @EnumSource
  void viewsHoldTheSameElements(KernelView view) {
    assertEquals(18 * 16 * 9, view.shape(18, 16, 3, 3).elements());
    assertEquals(16 * 9, view.shape(18, 16, 3, 3).fanIn());
  }

  @Test
  void viewsAreThoseOfThePaper() {
    assertEquals("48 x 9", KernelView.OUT_BY_IN.shape(16, 3, 3, 3).toString());
    assertEquals("18 x 24", KernelView.NEAREST_SQUARE.shape(16, 3, 3, 3).toString());
    assertEquals("96 x 48", KernelView.OUT_BY_IN.shape(32, 16, 3, 3).toString());
    assertEquals("64 x 72", KernelView.NEAREST_SQUARE.shape(32, 16, 3, 3).toString());
    assertEquals("448 x 21", KernelView.OUT_BY_IN.shape(64, 3, 7, 7).toString());
    assertEquals("96 x 98", KernelView.NEAREST_SQUARE.shape(64, 3, 7, 7).toString());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void survivesJsonAndModelSerializer(Reparameterization method, @TempDir Path folder)
      throws Exception {
    MultiLayerNetwork network =
        network(
            CNN2DFormat.NHWC,
            dense(3, 3).reparameterization(method).kernelView(KernelView.NEAREST_SQUARE).build());
    MultiLayerConfiguration conf = network.getLayerWiseConfigurations();
    assertEquals(conf, MultiLayerConfiguration.fromJson(conf.toJson()));
    INDArray input = input(CNN2DFormat.NHWC);
    step(network, input);
    File file = folder.resolve("network.zip").toFile();
    ModelSerializer.writeModel(network, file, true);
    MultiLayerNetwork read = ModelSerializer.restoreMultiLayerNetwork(file, true);
    assertEquals(network.output(input), read.output(input));
  }

  @Test
  void batchesOfSeveralSizesTakeTurns() {
    MultiLayerNetwork network = network(CNN2DFormat.NHWC, dense(3, 3).build());
    INDArray input = input(CNN2DFormat.NHWC);
    INDArray expected = network.output(input);
    for (int size = 1; size <= 7; size++) {
      INDArray repeated =
          Nd4j.repeat(input.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 1)), size);
      INDArray output = network.output(repeated.reshape(size, HEIGHT, WIDTH, CHANNELS));
      assertClose(expected.getRow(0), output.getRow(size - 1), 1e-6);
    }
  }

  @Test
  void trainedNumbersAreTheOnlyParameters() {
    MultiLayerNetwork network =
        network(
            CNN2DFormat.NHWC,
            dense(3, 3).reparameterization(Nola.scratch(2, 5, 4)).hasBias(false).build());
    assertEquals(9, network.getLayer(0).numParams());
  }

  @Test
  void wrongInputNamesLayerFieldAndValues() {
    MultiLayerNetwork network = network(CNN2DFormat.NHWC, dense(3, 3).name("stem").build());
    Throwable error =
        assertThrows(
            IllegalArgumentException.class,
            () -> network.output(Nd4j.zeros(DataType.FLOAT, 1, 7, 6, 5)));
    assertEquals(
        "NolaConv \"stem\": expected input of shape [batch, height, width, nIn = 2], but got [1, 7,"
            + " 6, 5]",
        error.getMessage());
  }

  @Test
  void strictModeRefusesWhatDoesNotFitAsDl4jDoes() {
    Throwable error =
        assertThrows(
            RuntimeException.class,
            () ->
                network(
                    CNN2DFormat.NHWC,
                    dense(3, 3).stride(3).convolutionMode(ConvolutionMode.Strict).build()));
    assertTrue(error.getMessage().contains("ConvolutionMode.Strict"), error.getMessage());
  }

  /** The input's type said otherwise, or nothing. */
  @Test
  void inputsSmallerThanTheWindowAreRefused() {
    MultiLayerNetwork network = network(CNN2DFormat.NHWC, dense(3, 3).stride(2).build());
    Throwable error =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                network
                    .getLayer(0)
                    .activate(
                        Nd4j.zeros(DataType.FLOAT, 1, 2, 5, CHANNELS),
                        false,
                        LayerWorkspaceMgr.noWorkspaces()));
    assertEquals(
        "a window does not fit: expected (input + 2 padding - ((kernelSize - 1) dilation + 1)) /"
            + " stride to be at least 0, but along axis 0 (0: height, 1: width) it is"
            + " (2 + 2 * 0 - 3) / 2",
        error.getMessage());
  }

  @Test
  void poolsOfImpossibleSizesAreRefused() {
    for (int[] sizes : new int[][] {{0, 1, 0}, {2, 0, 0}, {2, 1, -1}, {2, 1, 2}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new MaxPoolVertex(sizes[0], sizes[1], sizes[2]),
          Arrays.toString(sizes));
    }
  }

  @Test
  void wrongSizesAreNamed() {
    assertEquals(
        "stride takes one or two numbers, but got [1, 2, 3]",
        assertThrows(IllegalArgumentException.class, () -> dense(3, 3).stride(1, 2, 3))
            .getMessage());
    assertEquals(
        "NolaConv: nOut must be at least 1, but is 0",
        assertThrows(IllegalArgumentException.class, () -> dense(3, 3).nOut(0).build())
            .getMessage());
  }

  @Test
  void outputShapeIsWhatTheInputTypeSays() {
    for (NolaConv.Builder builder : geometries().toList()) {
      NolaConv conf = builder.build();
      InputType.InputTypeConvolutional type =
          (InputType.InputTypeConvolutional)
              conf.getOutputType(
                  0, InputType.convolutional(HEIGHT, WIDTH, CHANNELS, CNN2DFormat.NCHW));
      MultiLayerNetwork network = network(CNN2DFormat.NCHW, conf);
      assertArrayEquals(
          new long[] {BATCH, 3, type.getHeight(), type.getWidth()},
          network.feedForward(input(CNN2DFormat.NCHW)).get(1).shape());
    }
  }

  private static MultiLayerNetwork network(CNN2DFormat format, Layer... layers) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder().seed(3).updater(new Sgd(0.1)).list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    list.layer(
        new OutputLayer.Builder(LossFunction.MCXENT)
            .nOut(CLASSES)
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            list.setInputType(InputType.convolutional(HEIGHT, WIDTH, CHANNELS, format)).build());
    network.init();
    return network;
  }

  private static INDArray input(CNN2DFormat format) {
    INDArray nchw = Normals.of(DataType.FLOAT, 7, BATCH, CHANNELS, HEIGHT, WIDTH);
    return format == CNN2DFormat.NCHW ? nchw : nchw.permute(0, 2, 3, 1).dup('c');
  }

  private static INDArray labels() {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    return labels;
  }

  private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
    assertArrayEquals(expected.shape(), actual.shape());
    double difference = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(difference <= tolerance, () -> "differs by " + difference);
  }
}
