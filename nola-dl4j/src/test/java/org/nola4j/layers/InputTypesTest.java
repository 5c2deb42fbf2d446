// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.reparameterization.Nola;

/** Networks take inputs of any type, as DL4J's own layers do; ours read their memory. */
class InputTypesTest {
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"DOUBLE", "HALF", "UBYTE", "INT"})
  void inputsAreCast(DataType type) {
    INDArray images = Nd4j.rand(DataType.FLOAT, 3, 6, 6, 2).muli(4).castTo(type);
    INDArray labels = Nd4j.eye(3).castTo(DataType.FLOAT);
    for (String first : new String[] {"conv", "norm", "add", "pool", "dense"}) {
      ComputationGraph expected = graph(first);
      ComputationGraph actual = graph(first);
      INDArray floats = images.castTo(DataType.FLOAT);
      assertEquals(expected.outputSingle(floats), actual.outputSingle(images), first);
      expected.fit(new DataSet(floats, labels));
      actual.fit(new DataSet(images, labels));
      assertEquals(expected.params(), actual.params(), first);
    }
  }

  private static ComputationGraph graph(String first) {
    GraphBuilder graph =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(new Sgd(0.1))
            .graphBuilder()
            .addInputs("in")
            .setInputTypes(InputType.convolutional(6, 6, 2, CNN2DFormat.NHWC));
    Nola method = Nola.scratch(2, 5, 4);
    switch (first) {
      case "conv" ->
          graph.addLayer(
              first, new NolaConv.Builder(3, 3).nOut(4).reparameterization(method).build(), "in");
      case "norm" -> graph.addLayer(first, new FusedBatchNorm.Builder().relu(true).build(), "in");
      case "add" -> graph.addVertex(first, new AddReluVertex(), "in", "in");
      case "pool" -> graph.addVertex(first, new MaxPoolVertex(2, 2, 0), "in");
      default -> {
        graph.addLayer(
            first, new NolaDense.Builder().nOut(4).reparameterization(method).build(), "in");
      }
    }
    graph.addLayer(
        "out", new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(), first);
    ComputationGraph network = new ComputationGraph(graph.setOutputs("out").build());
    network.init();
    return network;
  }
}
