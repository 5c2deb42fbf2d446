// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Reparameterization;

/**
 * A language model of two causal pre-norm blocks that is small enough for gradient checks.
 *
 * @param method of the blocks' weights
 * @param tied whether the head has the embedding's matrix
 * @param smoothing of labels
 */
record SmallDecoder(Reparameterization method, boolean tied, double smoothing) {
  static final int BATCH = 3;
  static final int WORDS = 7;
  static final int WIDTH = 4;
  private static final int POSITIONS = 6;

  /** The last text is as long as the batch; a word occurs twice. */
  private static final float[][] IDS = {{1, 2, 0, 0, 0}, {3, 3, 6, 0, 0}, {5, 4, 1, 2, 6}};

  private static final float[][] LABELS = {{2, 4, 0, 0, 0}, {3, 6, 1, 0, 0}, {4, 1, 2, 6, 3}};
  private static final int[] LENGTHS = {2, 3, 5};

  static SmallDecoder dense() {
    return new SmallDecoder(new Dense(), true, 0.1);
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
        "embed",
        new TokenEmbedding.Builder()
            .nIn(WORDS)
            .nOut(WIDTH)
            .maxPositions(POSITIONS)
            .typeVocabulary(0)
            .norm(false)
            .build(),
        "words");
    graph.layer("block0", block(), "embed");
    graph.layer("block1", block(), "block0");
    graph.layer("norm", new TokenNorm.Builder().build(), "block1");
    graph.layer(
        "head",
        new LanguageModelHead.Builder()
            .nOut(WORDS)
            .labelSmoothing(smoothing)
            .tiedTo(tied ? "embed" : null)
            .build(),
        "norm");
    return graph.setOutputs("head").setInputTypes(InputType.feedForward(POSITIONS)).build();
  }

  private TransformerBlock block() {
    return new TransformerBlock.Builder()
        .heads(2)
        .mlpWidth(6)
        .causal(true)
        .activation(MlpActivation.GELU_TANH)
        .epsilon(1e-5)
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

  static INDArray ids(DataType type) {
    return Nd4j.createFromArray(IDS).castTo(type);
  }

  static INDArray labels(DataType type) {
    return Nd4j.createFromArray(LABELS).castTo(type);
  }

  /** Ones for the texts' own tokens. */
  static INDArray mask(DataType type) {
    return mask(type, 0);
  }

  /** Ones for the texts' own tokens from the second on, as where a first one is the prompt. */
  static INDArray labelMask(DataType type) {
    return mask(type, 1);
  }

  private static INDArray mask(DataType type, int from) {
    INDArray mask = Nd4j.zeros(type, BATCH, IDS[0].length);
    for (int text = 0; text < BATCH; text++) {
      for (int i = from; i < LENGTHS[text]; i++) {
        mask.putScalar(text, i, 1);
      }
    }
    return mask;
  }

  static DataSet data(DataType type) {
    return new DataSet(ids(type), labels(type), mask(type), labelMask(type));
  }

  static int length(int text) {
    return LENGTHS[text];
  }

  /** One text alone, without what fills it up. */
  static INDArray alone(DataType type, int text) {
    return Nd4j.createFromArray(new float[][] {Arrays.copyOf(IDS[text], LENGTHS[text])})
        .castTo(type);
  }

  static INDArray labelsAlone(DataType type, int text) {
    return Nd4j.createFromArray(new float[][] {Arrays.copyOf(LABELS[text], LENGTHS[text])})
        .castTo(type);
  }

  static INDArray output(ComputationGraph graph, INDArray ids, INDArray mask) {
    return graph
        .output(false, new INDArray[] {ids}, mask == null ? null : new INDArray[] {mask})[0];
  }
}
