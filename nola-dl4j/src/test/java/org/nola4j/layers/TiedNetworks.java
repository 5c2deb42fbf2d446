// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.basis.Distribution;
import org.nola4j.reparameterization.BasisScale;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Small networks of two convolutions and a dense layer, of different shapes, that share one set of
 * coefficients, and the same without sharing.
 *
 * <p>{@code stem} has a bias, {@code second} and, in graphs, {@code third} have none and so no
 * parameters at all when tied.
 */
final class TiedNetworks {
  static final List<String> NAMES = List.of("stem", "second", "third");

  private static final int BATCH = 3;
  private static final int SIZE = 5;
  private static final int CHANNELS = 2;
  private static final int CLASSES = 3;

  private final Reparameterization method;
  private final DataType type;
  private final IUpdater updater;
  private boolean tied = true;
  private IActivation activation = new ActivationTanH();

  TiedNetworks(Reparameterization method, DataType type, IUpdater updater) {
    this.method = method;
    this.type = type;
    this.updater = updater;
  }

  static Stream<Reparameterization> methods() {
    FrozenWeight seeded = FrozenWeight.seeded();
    return Stream.of(
        Pranc.scratch(6),
        new Pranc(6, Distribution.SIGN, BasisScale.UNIT, Pranc.Initialization.ZERO, 1, seeded),
        HashedNet.scratch(7),
        new HashedNet(7, true, 1, seeded),
        Nola.scratch(2, 5, 4),
        Nola.release2023(2, 5, 4));
  }

  TiedNetworks untied() {
    tied = false;
    return this;
  }

  /** Of the second convolution. */
  TiedNetworks activation(IActivation activation) {
    this.activation = activation;
    return this;
  }

  NolaConv.Builder conv(String name) {
    return new NolaConv.Builder(3)
        .name(name)
        .nOut(3)
        .hasBias(name.equals("stem"))
        .convolutionMode(ConvolutionMode.Same)
        .reparameterization(method)
        .activation(name.equals("second") ? activation : new ActivationTanH())
        .tiedTo(tied && !name.equals("stem") ? "stem" : null);
  }

  NolaDense.Builder dense(Bias bias) {
    return new NolaDense.Builder()
        .name("third")
        .nOut(4)
        .bias(bias)
        .reparameterization(method)
        .activation(Activation.TANH)
        .tiedTo(tied ? "stem" : null);
  }

  static OutputLayer output() {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .name("out")
        .nOut(CLASSES)
        .activation(Activation.SOFTMAX)
        .build();
  }

  NeuralNetConfiguration.Builder global() {
    return new NeuralNetConfiguration.Builder().dataType(type).seed(12).updater(updater);
  }

  static InputType inputType() {
    return InputType.convolutional(SIZE, SIZE, CHANNELS, CNN2DFormat.NHWC);
  }

  MultiLayerConfiguration stackConfiguration() {
    return global()
        .list()
        .layer(conv("stem").build())
        .layer(conv("second").build())
        .layer(dense(Bias.FREE).build())
        .layer(output())
        .setInputType(inputType())
        .build();
  }

  MultiLayerNetwork stack() {
    MultiLayerNetwork network = new MultiLayerNetwork(stackConfiguration());
    network.init();
    perturb(network.params());
    return network;
  }

  ComputationGraphConfiguration graphConfiguration() {
    return global()
        .graphBuilder()
        .addInputs("in")
        .layer("stem", conv("stem").build(), "in")
        .layer("second", conv("second").build(), "stem")
        .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "stem", "second")
        .layer("third", dense(Bias.NONE).build(), "sum")
        .layer("out", output(), "third")
        .setOutputs("out")
        .setInputTypes(inputType())
        .build();
  }

  ComputationGraph graph() {
    ComputationGraph graph = new ComputationGraph(graphConfiguration());
    graph.init();
    perturb(graph.params());
    return graph;
  }

  /** Zero starts hide half of the gradient, so nothing stays at zero. */
  private static void perturb(INDArray params) {
    params.addi(Normals.of(params.dataType(), 5, params.shape()).muli(0.3));
  }

  /** Gives every layer of an untied network what a tied one has. */
  static void copy(MultiLayerNetwork tied, MultiLayerNetwork untied) {
    untied
        .paramTable()
        .forEach(
            (name, value) -> {
              INDArray own = tied.getParam(name);
              String vector = name.substring(name.indexOf('_') + 1);
              value.assign(own == null ? tied.getParam("0_" + vector) : own);
            });
  }

  /** As for stacks. */
  static void copy(ComputationGraph tied, ComputationGraph untied) {
    untied
        .paramTable()
        .forEach(
            (name, value) -> {
              INDArray own = tied.getParam(name);
              String vector = name.substring(name.indexOf('_') + 1);
              value.assign(own == null ? tied.getParam("stem_" + vector) : own);
            });
  }

  INDArray input() {
    return Normals.of(type, 7, BATCH, SIZE, SIZE, CHANNELS);
  }

  INDArray labels() {
    INDArray labels = Nd4j.zeros(type, BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    return labels;
  }
}
