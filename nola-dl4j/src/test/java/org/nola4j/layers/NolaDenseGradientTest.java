// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.reparameterization.Reparameterization;

@Tag("slow")
@ExtendWith(DoublePrecision.class)
class NolaDenseGradientTest {
  private static final int BATCH = 5;
  private static final int IN = 6;
  private static final int OUT = 3;

  static Stream<Arguments> methodsAndBiases() {
    return Methods.all()
        .flatMap(method -> Stream.of(Bias.values()).map(bias -> Arguments.of(method, bias)));
  }

  static Stream<Reparameterization> methods() {
    return Methods.all();
  }

  @ParameterizedTest
  @MethodSource("methodsAndBiases")
  void aloneByDirectComputation(Reparameterization method, Bias bias) {
    MultiLayerNetwork network = network(1, method, bias, Activation.TANH);
    assertTrue(check(network));
  }

  @ParameterizedTest
  @MethodSource("methodsAndBiases")
  void aloneByGraph(Reparameterization method, Bias bias) {
    MultiLayerNetwork network = network(1, method, bias, Activation.TANH);
    Graphs.use(network.getLayers());
    DirectionalGradients.check(network, input(), labels());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void stackedTwiceByDirectComputation(Reparameterization method) {
    assertTrue(check(network(2, method, Bias.FREE, Activation.SOFTPLUS)));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void stackedTwiceByGraph(Reparameterization method) {
    MultiLayerNetwork network = network(2, method, Bias.FOLDED, Activation.TANH);
    Graphs.use(network.getLayers());
    DirectionalGradients.check(network, input(), labels());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void inResidualGraphWithBatchNormalization(Reparameterization method) {
    DirectionalGradients.check(graph(method), new MultiDataSet(input(), labels()));
  }

  /** Number by number, in DL4J's way. */
  private static boolean check(MultiLayerNetwork network) {
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.MLNConfig()
            .net(network)
            .epsilon(1e-6)
            .maxRelError(1e-5)
            .minAbsoluteError(1e-8)
            .input(input())
            .labels(labels()));
  }

  private static MultiLayerNetwork network(
      int depth, Reparameterization method, Bias bias, Activation activation) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.DOUBLE)
            .seed(12)
            .updater(new Sgd(1))
            .list();
    for (int i = 0; i < depth; i++) {
      list.layer(
          new NolaDense.Builder()
              .nOut(4)
              .bias(bias)
              .reparameterization(method)
              .activation(activation)
              .build());
    }
    list.layer(
        new OutputLayer.Builder(LossFunction.MCXENT)
            .nOut(OUT)
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(list.setInputType(InputType.feedForward(IN)).build());
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
            .layer("first", dense(method), "in")
            .layer("norm", new BatchNormalization.Builder().build(), "first")
            .layer("second", dense(method), "norm")
            .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "norm", "second")
            .layer(
                "out",
                new OutputLayer.Builder(LossFunction.MCXENT)
                    .nOut(OUT)
                    .activation(Activation.SOFTMAX)
                    .build(),
                "sum")
            .setOutputs("out")
            .setInputTypes(InputType.feedForward(IN))
            .build();
    ComputationGraph graph = new ComputationGraph(conf);
    graph.init();
    return graph;
  }

  private static NolaDense dense(Reparameterization method) {
    return new NolaDense.Builder()
        .nOut(4)
        .reparameterization(method)
        .activation(Activation.TANH)
        .build();
  }

  /** Zero starts hide half of the gradient, so nothing stays at zero. */
  private static void perturb(INDArray params) {
    params.addi(Normals.of(params.dataType(), 5, params.shape()).muli(0.3));
  }

  private static INDArray input() {
    return Normals.of(DataType.DOUBLE, 7, BATCH, IN);
  }

  private static INDArray labels() {
    INDArray labels = Nd4j.zeros(DataType.DOUBLE, BATCH, OUT);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % OUT, 1);
    }
    return labels;
  }
}
