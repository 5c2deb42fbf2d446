// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Tag;
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
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.layers.FusedBatchNorm;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Nola;

/**
 * Gradients through layers in test mode on the fast ways of float32, against double precision,
 * where {@code AdaptersGradientTest} checks them.
 */
@Tag("slow")
class FrozenLayersTest {
  private static final double TOLERANCE = 2e-4;

  @ParameterizedTest
  @ValueSource(strings = {"conv1", "conv2", "conv.*"})
  void ofThisLibrarysConvolutions(String adapted) {
    INDArray[] gradients = new INDArray[2];
    for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
      // The float network is the double one's copy: training would let them part.
      ComputationGraph base = TrainedNetworks.ours(type);
      base.setParams(TrainedNetworks.ours(DataType.DOUBLE).params().castTo(type));
      ComputationGraph graph =
          Adapters.wrap(base, AdaptersGradientTest.adapting(adapted)).network();
      graph.params().assign(values(graph.params()));
      DataSet data = TrainedNetworks.channelsLast(images(type));
      graph.setInputs(data.getFeatures());
      graph.setLabels(data.getLabels());
      graph.computeGradientAndScore();
      gradients[type == DataType.DOUBLE ? 0 : 1] =
          graph.gradient().gradient().castTo(DataType.DOUBLE);
    }
    assertClose(gradients[0], gradients[1]);
  }

  /** A vertex with several outputs below everything that is trained. */
  @ParameterizedTest
  @CsvSource({
    "conv1, FLOAT",
    "conv2, FLOAT",
    "fc, FLOAT",
    "conv1, DOUBLE",
    "conv2, DOUBLE",
    "fc, DOUBLE"
  })
  void graphsWithBranchesBelow(String adapted, DataType type) {
    for (boolean fast : new boolean[] {false, true}) {
      AdapterPlan.Builder plan =
          AdapterPlan.builder()
              .adapt(adapted, w0 -> Nola.on(w0, 2, 5, 4))
              .train("out")
              .updater(new Sgd(0.1));
      if (fast) {
        plan.fastConvolutions();
      }
      ComputationGraph graph =
          Adapters.wrap(TrainedNetworks.residual(type), plan.build()).network();
      INDArray before = graph.params().dup();
      graph.fit(images(type));
      assertTrue(before.sub(graph.params()).norm2Number().doubleValue() > 0);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"DOUBLE", "FLOAT"})
  void aFrozenFastConvolutionBetweenAdaptedOnes(DataType type) {
    MultiLayerNetwork base = TrainedNetworks.lenet(type);
    AdapterPlan.Builder plan =
        AdapterPlan.builder().adapt("conv1", w0 -> Nola.on(w0, 2, 5, 4)).updater(new Sgd(0.1));
    MultiLayerNetwork slow = Adapters.wrap(base, plan.build()).network();
    MultiLayerNetwork fast = Adapters.wrap(base, plan.fastConvolutions().build()).network();
    assertClose(gradient(slow, images(type)), gradient(fast, images(type)));
  }

  /** DL4J's activation layer in test mode overwrites what the product still needs. */
  @Test
  void gatesBelowTheLowestAdapter() {
    ComputationGraph base =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(6))
                .addLayer("x", new DenseLayer.Builder().nOut(5).build(), "in")
                .addLayer("gate", new ActivationLayer(Activation.SIGMOID), "x")
                .addVertex(
                    "gated", new ElementWiseVertex(ElementWiseVertex.Op.Product), "x", "gate")
                .addLayer("slope", new PReLULayer.Builder().inputShape(5).build(), "x")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "gated", "slope")
                .addLayer("y", new DenseLayer.Builder().nOut(4).build(), "sum")
                .addLayer("out", new OutputLayer.Builder().nOut(3).build(), "y")
                .setOutputs("out")
                .build());
    base.init();
    ComputationGraph graph =
        Adapters.wrap(
                base,
                AdapterPlan.builder()
                    .adapt("y", w0 -> Nola.on(w0, 2, 5, 4))
                    .updater(new Sgd(0.1))
                    .build())
            .network();
    DataSet data = new DataSet(Nd4j.rand(DataType.FLOAT, 2, 6), Nd4j.eye(3).getRows(0, 1));
    assertEquals(trainingScore(base, data), trainingScore(graph, data), 1e-6);
  }

  /** The loss of a pass in training; DL4J's own in test mode is wrong here. */
  private static double trainingScore(ComputationGraph graph, DataSet data) {
    graph.setInputs(data.getFeatures());
    graph.setLabels(data.getLabels());
    graph.computeGradientAndScore();
    return graph.score();
  }

  @Test
  void dropoutOfFrozenLayers() {
    NolaDense first =
        new NolaDense.Builder().nIn(5).nOut(6).reparameterization(new Dense()).build();
    NolaDense second =
        new NolaDense.Builder().nOut(6).dropOut(0.5).reparameterization(new Dense()).build();
    for (Layer above : new Layer[] {second, new FrozenLayerWithBackprop(second.clone())}) {
      MultiLayerNetwork base =
          new MultiLayerNetwork(
              new NeuralNetConfiguration.Builder()
                  .updater(new Sgd(0.1))
                  .list()
                  .layer(first.clone())
                  .layer(above)
                  .layer(new OutputLayer.Builder().nOut(3).build())
                  .setInputType(InputType.feedForward(5))
                  .build());
      base.init();
      DataSet data = new DataSet(Nd4j.rand(DataType.FLOAT, 2, 5), Nd4j.eye(3).getRows(0, 1));
      base.fit(data); // a frozen one has no mask
      if (above instanceof NolaDense) {
        MultiLayerNetwork wrapped =
            Adapters.wrap(
                    base, AdapterPlan.builder().adapt("0", w0 -> Nola.on(w0, 1, 2, 2)).build())
                .network();
        assertEquals(wrapped.score(data, false), wrapped.score(data, true));
      }
    }
  }

  @Test
  void aCloneHasDropoutAndUpdatersOfItsOwn() {
    NolaDense layer = new NolaDense.Builder().nIn(5).nOut(6).dropOut(0.5).build();
    layer.setIUpdater(new Sgd(0.1));
    NolaDense clone = (NolaDense) layer.clone();
    assertEquals(layer, clone);
    assertNotSame(layer.getIDropout(), clone.getIDropout());
    assertNotSame(layer.getIUpdater(), clone.getIUpdater());
  }

  /** As who computes errors outside a network may do. */
  @ParameterizedTest
  @CsvSource({"0, conv1", "2, conv2", "3, fc"})
  void aSecondGradientOfOnePassIsTheSame(int index, String name) {
    MultiLayerNetwork network =
        Adapters.wrap(
                TrainedNetworks.lenet(DataType.FLOAT),
                AdapterPlan.builder()
                    .adapt(name, w0 -> Nola.on(w0, 2, 5, 4))
                    .updater(new Sgd(0.1))
                    .fastConvolutions()
                    .build())
            .network();
    TrainedNetworks.perturb(network.params());
    gradient(network, images(DataType.FLOAT)); // so that the layer knows where gradients go
    INDArray input = network.feedForward(images(DataType.FLOAT).getFeatures(), false).get(index);
    if (name.equals("fc")) {
      input = input.reshape('c', input.size(0), -1);
    }
    org.deeplearning4j.nn.api.Layer layer = network.getLayer(index);
    INDArray output = layer.activate(input, true, LayerWorkspaceMgr.noWorkspaces());
    INDArray epsilon = Nd4j.randn(DataType.FLOAT, output.shape());
    INDArray first = gradient(layer, epsilon);
    assertTrue(first.norm2Number().doubleValue() > 0);
    assertEquals(first, gradient(layer, epsilon));
  }

  private static INDArray gradient(org.deeplearning4j.nn.api.Layer layer, INDArray epsilon) {
    return layer
        .backpropGradient(epsilon.dup(), LayerWorkspaceMgr.noWorkspaces())
        .getFirst()
        .gradient()
        .dup();
  }

  /** DL4J's wrapper runs its layer forward in test mode and then asks it for a gradient. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dl4jsFrozenLayerWithBackprop(boolean relu) {
    assertClose(
        gradient(frozenBlock(DataType.DOUBLE, relu)), gradient(frozenBlock(DataType.FLOAT, relu)));
  }

  private static INDArray gradient(MultiLayerNetwork network) {
    network.params().assign(values(network.params()));
    DataSet data = TrainedNetworks.channelsLast(images(network.params().dataType()));
    return gradient(network, data);
  }

  private static MultiLayerNetwork frozenBlock(DataType type, boolean relu) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .dataType(type)
                .seed(3)
                .list()
                .layer(TrainedNetworks.ourConv("first"))
                .layer(frozen(TrainedNetworks.ourConv("second")))
                .layer(frozen(new FusedBatchNorm.Builder().name("norm").relu(relu).build()))
                .layer(
                    new OutputLayer.Builder()
                        .nOut(TrainedNetworks.CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(8, 8, 2, CNN2DFormat.NHWC))
                .build());
    network.init();
    return network;
  }

  private static Layer frozen(Layer layer) {
    FrozenLayerWithBackprop frozen = new FrozenLayerWithBackprop(layer);
    frozen.setLayerName(layer.getLayerName());
    return frozen;
  }

  private static INDArray gradient(MultiLayerNetwork network, DataSet data) {
    network.setInput(data.getFeatures());
    network.setLabels(data.getLabels());
    network.computeGradientAndScore();
    return network.gradient().gradient().castTo(DataType.DOUBLE);
  }

  /** The same images whatever the type. */
  private static DataSet images(DataType type) {
    DataSet images = TrainedNetworks.images(4, 1, DataType.FLOAT);
    return new DataSet(images.getFeatures().castTo(type), images.getLabels().castTo(type));
  }

  /** Any numbers, the same ones for all types, positive as variances have to be. */
  private static INDArray values(INDArray like) {
    INDArray values = Nd4j.arange((double) like.length()).castTo(DataType.DOUBLE);
    return Transforms.sin(values.muli(1.7))
        .muli(0.2)
        .addi(0.25)
        .castTo(like.dataType())
        .reshape(like.shape());
  }

  private static void assertClose(INDArray expected, INDArray actual) {
    assertEquals(expected.length(), actual.length());
    double norm = expected.norm2Number().doubleValue();
    assertTrue(norm > 0, "no gradient");
    double distance = expected.sub(actual).norm2Number().doubleValue();
    assertTrue(distance < TOLERANCE * norm, distance + " apart, of " + norm);
  }
}
