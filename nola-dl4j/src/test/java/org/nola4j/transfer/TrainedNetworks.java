// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.layers.AddReluVertex;
import org.nola4j.layers.FusedBatchNorm;
import org.nola4j.layers.GlobalAverageVertex;
import org.nola4j.layers.NolaConv;
import org.nola4j.reparameterization.Dense;

/** Small plain DL4J networks of all kinds of layers, trained for a few steps on random examples. */
final class TrainedNetworks {
  static final int CLASSES = 3;
  private static final int SIZE = 8;

  private TrainedNetworks() {}

  /** Two convolutions, pooling, two dense layers: layers conv1, pool, conv2, fc, out. */
  static MultiLayerNetwork lenet(DataType type) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            builder(type)
                .activation(Activation.TANH)
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).name("conv1").nOut(4).build())
                .layer(
                    new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG)
                        .name("pool")
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .build())
                .layer(new ConvolutionLayer.Builder(2, 2).name("conv2").nOut(5).build())
                .layer(new DenseLayer.Builder().name("fc").nOut(9).build())
                .layer(
                    new OutputLayer.Builder()
                        .name("out")
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(SIZE, SIZE, 2))
                .build());
    network.init();
    for (int i = 0; i < 5; i++) {
      network.fit(images(16, i, type));
    }
    round(network.params());
    return network;
  }

  /** A residual block with batch normalization: conv1, norm1, conv2, norm2, add, relu, fc, out. */
  static ComputationGraph residual(DataType type) {
    ComputationGraph graph =
        new ComputationGraph(
            builder(type)
                .activation(Activation.TANH)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(SIZE, SIZE, 2))
                .addLayer("conv1", conv(), "in")
                .addLayer("norm1", new BatchNormalization(), "conv1")
                .addLayer("conv2", conv(), "norm1")
                .addLayer("norm2", new BatchNormalization.Builder(true).build(), "conv2")
                .addVertex("add", new ElementWiseVertex(ElementWiseVertex.Op.Add), "norm1", "norm2")
                .addLayer("relu", new ActivationLayer(Activation.SOFTPLUS), "add")
                .addLayer("fc", new DenseLayer.Builder().nOut(6).build(), "relu")
                .addLayer(
                    "out",
                    new OutputLayer.Builder().nOut(CLASSES).activation(Activation.SOFTMAX).build(),
                    "fc")
                .setOutputs("out")
                .build());
    graph.init();
    for (int i = 0; i < 5; i++) {
      graph.fit(images(16, i, type));
    }
    round(graph.params());
    return graph;
  }

  /**
   * A residual block of this library's own layers, in NHWC: conv1, norm1 (with a ReLU), conv2,
   * norm2, add (with a ReLU), pool, out; convolutions with biases and activation functions.
   */
  static ComputationGraph ours(DataType type) {
    ComputationGraph graph =
        new ComputationGraph(
            builder(type)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(SIZE, SIZE, 2, CNN2DFormat.NHWC))
                .addLayer("conv1", ourConv("conv1"), "in")
                .addLayer("norm1", new FusedBatchNorm.Builder().relu(true).build(), "conv1")
                .addLayer("conv2", ourConv("conv2"), "norm1")
                .addLayer("norm2", new FusedBatchNorm.Builder().build(), "conv2")
                .addVertex("add", new AddReluVertex(), "norm1", "norm2")
                .addVertex("pool", new GlobalAverageVertex(), "add")
                .addLayer(
                    "out",
                    new OutputLayer.Builder().nOut(CLASSES).activation(Activation.SOFTMAX).build(),
                    "pool")
                .setOutputs("out")
                .build());
    graph.init();
    for (int i = 0; i < 5; i++) {
      graph.fit(channelsLast(images(16, i, type)));
    }
    round(graph.params());
    return graph;
  }

  private static NeuralNetConfiguration.Builder builder(DataType type) {
    return new NeuralNetConfiguration.Builder().seed(7).dataType(type).updater(new Sgd(0.1));
  }

  /** A trained kernel in NHWC. */
  static NolaConv ourConv(String name) {
    return new NolaConv.Builder(3, 3)
        .name(name)
        .padding(1, 1)
        .nOut(4)
        .dataFormat(CNN2DFormat.NHWC)
        .hasBias(true)
        .activation(Activation.TANH)
        .reparameterization(new Dense())
        .build();
  }

  static DataSet channelsLast(DataSet images) {
    return new DataSet(images.getFeatures().permute(0, 2, 3, 1).dup('c'), images.getLabels());
  }

  private static ConvolutionLayer conv() {
    return new ConvolutionLayer.Builder(3, 3).padding(1, 1).nOut(4).build();
  }

  static DataSet images(int count, int seed, DataType type) {
    Nd4j.getRandom().setSeed(100 + seed);
    INDArray x = Nd4j.randn(type, count, 2, SIZE, SIZE);
    INDArray y = Nd4j.zeros(type, count, CLASSES);
    for (int i = 0; i < count; i++) {
      y.putScalar(i, i % CLASSES, 1);
    }
    return new DataSet(x, y);
  }

  /** Moves every parameter, those of adapters too, so that gradients are not zero. */
  static void perturb(INDArray parameters) {
    Nd4j.getRandom().setSeed(5);
    parameters.addi(Nd4j.randn(parameters.dataType(), parameters.shape()).muli(0.05));
  }

  /** Frozen weights are float32, so those of a network in double precision have to be. */
  private static void round(INDArray parameters) {
    parameters.assign(parameters.castTo(DataType.FLOAT).castTo(parameters.dataType()));
  }

  static boolean equalBits(Map<String, INDArray> a, Map<String, INDArray> b) {
    return a.keySet().equals(b.keySet())
        && a.entrySet().stream().allMatch(e -> e.getValue().equalsWithEps(b.get(e.getKey()), 0));
  }
}
