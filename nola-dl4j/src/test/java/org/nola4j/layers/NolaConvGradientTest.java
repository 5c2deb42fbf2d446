// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Double precision runs the SameDiff graph; that oneDNN gives the same in float32 is tested in
 * {@link NolaConvTest}.
 */
@Tag("slow")
@ExtendWith(DoublePrecision.class)
class NolaConvGradientTest {
  private static final int BATCH = 3;
  private static final int SIZE = 5;
  private static final int CHANNELS = 2;
  private static final int OUT = 3;

  static Stream<Reparameterization> methods() {
    return Methods.all();
  }

  static Stream<NolaConv.Builder> geometries() {
    return NolaConvTest.geometries();
  }

  /** Number by number, in DL4J's way. */
  @ParameterizedTest
  @MethodSource("methods")
  void alone(Reparameterization method) {
    assertTrue(
        GradientCheckUtil.checkGradients(
            new GradientCheckUtil.MLNConfig()
                .net(network(1, conv().reparameterization(method), CNN2DFormat.NCHW))
                .epsilon(1e-6)
                .maxRelError(1e-4)
                .minAbsoluteError(1e-8)
                .subset(true)
                .maxPerParam(5)
                .input(input(CNN2DFormat.NCHW))
                .labels(labels())));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void stackedTwiceInNhwc(Reparameterization method) {
    check(network(2, conv().reparameterization(method), CNN2DFormat.NHWC));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void everyGeometry(NolaConv.Builder builder) {
    check(network(1, builder.activation(Activation.TANH), CNN2DFormat.NHWC));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void inResidualGraphWithBatchNormalization(Reparameterization method) {
    DirectionalGradients.check(graph(method), new MultiDataSet(input(CNN2DFormat.NHWC), labels()));
  }

  private static NolaConv.Builder conv() {
    return new NolaConv.Builder(3)
        .nOut(3)
        .convolutionMode(ConvolutionMode.Same)
        .activation(Activation.TANH);
  }

  private static void check(MultiLayerNetwork network) {
    DirectionalGradients.check(network, input(CNN2DFormat.NHWC), labels());
  }

  private static MultiLayerNetwork network(
      int depth, NolaConv.Builder builder, CNN2DFormat format) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.DOUBLE)
            .seed(12)
            .updater(new Sgd(1))
            .list();
    for (int i = 0; i < depth; i++) {
      list.layer(builder.build());
    }
    list.layer(output());
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            list.setInputType(InputType.convolutional(SIZE, SIZE, CHANNELS, format)).build());
    network.init();
    perturb(network.params());
    return network;
  }

  private static ComputationGraph graph(Reparameterization method) {
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.DOUBLE)
            .seed(12)
            .updater(new Sgd(1))
            .graphBuilder()
            .addInputs("in")
            .layer("first", plain(method, 2, 1), "in")
            .layer("norm1", new FusedBatchNorm.Builder().relu(true).build(), "first")
            .layer("second", plain(method, 4, 2), "norm1")
            .layer("norm2", new FusedBatchNorm.Builder().build(), "second")
            .addVertex("shortcut", new SubsampleVertex(4), "norm1")
            .addVertex("sum", new AddReluVertex(), "norm2", "shortcut")
            .addVertex("pool", new MaxPoolVertex(2, 1, 0), "sum")
            .addVertex("average", new GlobalAverageVertex(), "pool")
            .layer("out", output(), "average")
            .setOutputs("out")
            .setInputTypes(InputType.convolutional(SIZE, SIZE, CHANNELS, CNN2DFormat.NHWC))
            .build();
    ComputationGraph graph = new ComputationGraph(conf);
    graph.init();
    perturb(graph.params());
    return graph;
  }

  private static NolaConv plain(Reparameterization method, int nOut, int stride) {
    return new NolaConv.Builder(3)
        .nOut(nOut)
        .stride(stride)
        .padding(1)
        .hasBias(false)
        .reparameterization(method)
        .activation(Activation.IDENTITY)
        .build();
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .nOut(OUT)
        .activation(Activation.SOFTMAX)
        .build();
  }

  /** Zero starts hide half of the gradient, so nothing stays at zero. */
  private static void perturb(INDArray params) {
    params.addi(Normals.of(params.dataType(), 5, params.shape()).muli(0.3));
  }

  private static INDArray input(CNN2DFormat format) {
    return format == CNN2DFormat.NCHW
        ? Normals.of(DataType.DOUBLE, 7, BATCH, CHANNELS, SIZE, SIZE)
        : Normals.of(DataType.DOUBLE, 7, BATCH, SIZE, SIZE, CHANNELS);
  }

  private static INDArray labels() {
    INDArray labels = Nd4j.zeros(DataType.DOUBLE, BATCH, OUT);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % OUT, 1);
    }
    return labels;
  }
}
