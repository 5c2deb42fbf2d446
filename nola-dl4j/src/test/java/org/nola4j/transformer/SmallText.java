// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
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
 * An encoder of texts, of two post-norm blocks, that is small enough for gradient checks.
 *
 * @param method of all weights but the head's
 * @param kind of pooling: the first token, or the mean of all
 */
record SmallText(Reparameterization method, TokenPooling.Kind kind) {
  static final int BATCH = 3;
  static final int WORDS = 7;
  private static final int CLASSES = 3;
  private static final int WIDTH = 4;
  private static final int POSITIONS = 6;

  /** The last text is as long as the batch; a word occurs twice. */
  private static final float[][] IDS = {{1, 2, 0, 0, 0}, {3, 3, 6, 0, 0}, {5, 4, 1, 2, 6}};

  private static final int[] LENGTHS = {2, 3, 5};

  static SmallText mean(Reparameterization method) {
    return new SmallText(method, TokenPooling.Kind.MEAN);
  }

  static SmallText first(Reparameterization method) {
    return new SmallText(method, TokenPooling.Kind.CLASS_TOKEN);
  }

  ComputationGraphConfiguration configuration(DataType type) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .dataType(type)
            .seed(12)
            .updater(new Sgd(type == DataType.DOUBLE ? 1 : 0.01))
            .graphBuilder()
            .addInputs("words");
    graph.layer(
        "embedding",
        new TokenEmbedding.Builder()
            .nIn(WORDS)
            .nOut(WIDTH)
            .maxPositions(POSITIONS)
            .reparameterization(method)
            .build(),
        "words");
    graph.layer("block0", block(), "embedding");
    graph.layer("block1", block(), "block0");
    graph.layer(
        "pooling",
        new TokenPooling.Builder()
            .kind(kind)
            .norm(TokenPooling.Norm.NONE)
            .classToken(kind == TokenPooling.Kind.CLASS_TOKEN)
            .build(),
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
    return graph.setOutputs("loss").setInputTypes(InputType.feedForward(POSITIONS)).build();
  }

  private TransformerBlock block() {
    return new TransformerBlock.Builder()
        .heads(2)
        .mlpWidth(6)
        .normPosition(NormPosition.POST)
        .epsilon(1e-12)
        .reparameterization(method)
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

  static INDArray ids(DataType type) {
    return Nd4j.createFromArray(IDS).castTo(type);
  }

  static INDArray mask(DataType type) {
    INDArray mask = Nd4j.zeros(type, BATCH, IDS[0].length);
    for (int text = 0; text < BATCH; text++) {
      for (int i = 0; i < LENGTHS[text]; i++) {
        mask.putScalar(text, i, 1);
      }
    }
    return mask;
  }

  /** One text alone, without what fills it up. */
  static INDArray alone(DataType type, int text) {
    float[] own = Arrays.copyOf(IDS[text], LENGTHS[text]);
    return Nd4j.createFromArray(new float[][] {own}).castTo(type);
  }

  static INDArray labels(DataType type) {
    return Nd4j.eye(CLASSES).castTo(type);
  }

  static INDArray output(ComputationGraph graph, INDArray ids, INDArray mask) {
    return graph
        .output(false, new INDArray[] {ids}, mask == null ? null : new INDArray[] {mask})[0];
  }
}
