// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.layers.NolaDense;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Reparameterization;

/**
 * A vision transformer of two blocks that is small enough for gradient checks.
 *
 * @param method of all weights
 * @param classToken whether there is one
 */
record SmallVision(
    Reparameterization method,
    NormPosition position,
    MlpActivation activation,
    TokenPooling.Kind kind,
    TokenPooling.Norm norm,
    boolean classToken,
    boolean qkvBias) {
  static final int BATCH = 3;
  static final int CLASSES = 3;
  static final int WIDTH = 4;
  private static final int CHANNELS = 2;
  private static final int HEIGHT = 4;
  private static final int IMAGE_WIDTH = 6;

  static SmallVision of(Reparameterization method) {
    return new SmallVision(
        method,
        NormPosition.PRE,
        MlpActivation.GELU,
        TokenPooling.Kind.CLASS_TOKEN,
        TokenPooling.Norm.BEFORE,
        true,
        true);
  }

  static SmallVision dense() {
    return of(new Dense());
  }

  SmallVision with(NormPosition position, MlpActivation activation) {
    return new SmallVision(method, position, activation, kind, norm, classToken, qkvBias);
  }

  SmallVision with(TokenPooling.Kind kind, TokenPooling.Norm norm, boolean classToken) {
    return new SmallVision(method, position, activation, kind, norm, classToken, qkvBias);
  }

  SmallVision withoutQkvBias() {
    return new SmallVision(method, position, activation, kind, norm, classToken, false);
  }

  TransformerBlock.Builder block() {
    return new TransformerBlock.Builder()
        .heads(2)
        .mlpWidth(6)
        .normPosition(position)
        .activation(activation)
        .qkvBias(qkvBias)
        .reparameterization(method);
  }

  ComputationGraphConfiguration configuration(DataType type) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .dataType(type)
            .seed(12)
            .updater(new Sgd(type == DataType.DOUBLE ? 1 : 0.01))
            .graphBuilder()
            .addInputs("image");
    graph.layer(
        "embedding",
        new PatchEmbedding.Builder()
            .nOut(WIDTH)
            .patchSize(2)
            .classToken(classToken)
            .reparameterization(method)
            .build(),
        "image");
    graph.layer("block0", block().build(), "embedding");
    graph.layer("block1", block().build(), "block0");
    graph.layer(
        "pooling",
        new TokenPooling.Builder().kind(kind).norm(norm).classToken(classToken).build(),
        "block1");
    graph.layer(
        "head",
        new NolaDense.Builder()
            .nOut(CLASSES)
            .reparameterization(new Dense())
            .activation(Activation.IDENTITY)
            .build(),
        "pooling");
    graph.layer(
        "loss",
        new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build(),
        "head");
    return graph
        .setOutputs("loss")
        .setInputTypes(InputType.convolutional(HEIGHT, IMAGE_WIDTH, CHANNELS))
        .build();
  }

  /** With parameters none of which is where it starts, since zeros hide half of a gradient. */
  ComputationGraph graph(DataType type) {
    ComputationGraph graph = new ComputationGraph(configuration(type));
    graph.init();
    graph.params().addi(Normals.of(type, 5, graph.params().shape()).muli(0.3));
    return graph;
  }

  static void useSameDiff(ComputationGraph graph) {
    Graphs.use(graph.getLayers());
  }

  static INDArray images(DataType type) {
    return images(type, BATCH);
  }

  static INDArray images(DataType type, int batch) {
    return Normals.of(type, 7, batch, CHANNELS, HEIGHT, IMAGE_WIDTH);
  }

  static INDArray labels(DataType type) {
    return labels(type, BATCH);
  }

  static INDArray labels(DataType type, int batch) {
    INDArray labels = Nd4j.zeros(type, batch, CLASSES);
    for (int i = 0; i < batch; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    return labels;
  }
}
