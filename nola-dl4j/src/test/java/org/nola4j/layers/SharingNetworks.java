// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.basis.Distribution;
import org.nola4j.reparameterization.BasisScale;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Small networks with layers of one shape and seed, which share their bases. */
final class SharingNetworks {
  private static final long SEED = 77;
  private static final int BATCH = 4;
  private static final int UNITS = 6;
  private static final int CLASSES = 3;

  private final Reparameterization method;
  private final DataType type;

  SharingNetworks(Reparameterization method, DataType type) {
    this.method = method;
    this.type = type;
  }

  /** Those that have bases. */
  static Stream<Reparameterization> methods() {
    return Stream.of(
        Nola.scratch(2, 5, 7),
        Nola.on(FrozenWeight.seeded(), 2, 30, 4).withDistribution(Distribution.SIGN),
        Nola.release2024(2, 5, 4),
        Pranc.scratch(6),
        new Pranc(
            6,
            Distribution.SIGN,
            BasisScale.UNIT,
            Pranc.Initialization.NORMAL,
            1,
            FrozenWeight.none()));
  }

  /** Gradient checks want a rate of 1. */
  NeuralNetConfiguration.Builder global() {
    return new NeuralNetConfiguration.Builder()
        .dataType(type)
        .seed(12)
        .updater(new Sgd(type == DataType.DOUBLE ? 1 : 0.1));
  }

  NolaDense.Builder dense(String name) {
    return new NolaDense.Builder()
        .name(name)
        .nIn(UNITS)
        .nOut(UNITS)
        .seed(SEED)
        .reparameterization(method)
        .activation(Activation.TANH);
  }

  static OutputLayer output() {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .name("out")
        .nOut(CLASSES)
        .activation(Activation.SOFTMAX)
        .build();
  }

  /** Three such layers between two others. */
  MultiLayerNetwork stack(Layer second, Layer third) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            global()
                .list()
                .layer(dense("below").seed(1).build())
                .layer(dense("first").build())
                .layer(second)
                .layer(third)
                .layer(output())
                .setInputType(InputType.feedForward(UNITS))
                .build());
    network.init();
    perturb(network.params());
    return network;
  }

  MultiLayerNetwork stack() {
    return stack(dense("second").build(), dense("third").build());
  }

  /** Two convolutions and two dense layers, added in an order that is not the graph's. */
  ComputationGraph graph() {
    ComputationGraph graph =
        new ComputationGraph(
            global()
                .graphBuilder()
                .addInputs("in")
                .layer("first", conv("first").build(), "in")
                .layer("out", output(), "fourth")
                .layer("fourth", dense("fourth").build(), "third")
                .layer("third", dense("third").build(), "side")
                .layer("second", conv("second").build(), "first")
                .addVertex(
                    "sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "first", "second")
                .layer("side", dense("side").seed(3).nIn(0).build(), "sum")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(3, 3, 2, CNN2DFormat.NHWC))
                .build());
    graph.init();
    perturb(graph.params());
    return graph;
  }

  private NolaConv.Builder conv(String name) {
    return new NolaConv.Builder(3)
        .name(name)
        .nOut(2)
        .seed(SEED)
        .convolutionMode(ConvolutionMode.Same)
        .reparameterization(method)
        .activation(Activation.TANH);
  }

  /** Zero starts hide half of the gradient, and layers that share a seed start alike. */
  private static void perturb(INDArray params) {
    params.addi(Normals.of(params.dataType(), 5, params.shape()).muli(0.3));
  }

  INDArray features() {
    return Normals.of(type, 7, BATCH, UNITS);
  }

  INDArray images() {
    return Normals.of(type, 8, BATCH, 3, 3, 2);
  }

  INDArray labels() {
    INDArray labels = Nd4j.zeros(type, BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    return labels;
  }
}
