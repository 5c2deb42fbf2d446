// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.layers.NolaDense;

class LearningRatesTest {
  private final INDArray x = Nd4j.rand(8, 4);
  private final INDArray y = Nd4j.eye(3).get(Nd4j.createFromArray(0, 1, 2, 0, 1, 2, 0, 1)).dup();

  @Test
  void aStepIsProportionalToTheRate() {
    MultiLayerNetwork network = network();
    INDArray start = network.params().dup();
    network.fit(x, y);
    INDArray step = network.params().sub(start);
    network.setParams(start);
    LearningRates.set(network, 0.25);
    network.fit(x, y);
    assertEquals(step.mul(0.25 / 0.5), network.params().sub(start).castTo(step.dataType()));
    assertNotEquals(0, step.norm2Number().doubleValue());
  }

  @Test
  void graphsWithBatchNormKeepTheirUpdaterState() {
    ComputationGraph graph = graph();
    graph.fit(new INDArray[] {x}, new INDArray[] {y});
    INDArray state = graph.getUpdater().getStateViewArray().dup();
    LearningRates.set(graph, 0);
    assertEquals(state, graph.getUpdater().getStateViewArray());
    INDArray alpha = graph.getParam("dense_alpha").dup();
    graph.fit(new INDArray[] {x}, new INDArray[] {y});
    assertEquals(alpha, graph.getParam("dense_alpha"));
  }

  private static MultiLayerNetwork network() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Sgd(0.5))
                .list()
                .layer(new NolaDense.Builder().nIn(4).nOut(5).activation(Activation.TANH).build())
                .layer(
                    new OutputLayer.Builder().nIn(5).nOut(3).activation(Activation.SOFTMAX).build())
                .build());
    network.init();
    return network;
  }

  private static ComputationGraph graph() {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.01))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(4))
                .addLayer("dense", new NolaDense.Builder().nOut(5).build(), "in")
                .addLayer("norm", new BatchNormalization(), "dense")
                .addLayer(
                    "out",
                    new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(),
                    "norm")
                .setOutputs("out")
                .build());
    graph.init();
    return graph;
  }
}
