// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.layers.NolaConv;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.Nola;

/** DL4J's ParallelWrapper, which trains copies of a network in threads and averages them. */
class ParallelTrainingTest {
  private static final List<DataSet> BATCHES =
      List.of(TrainedNetworks.images(12, 1, FLOAT), TrainedNetworks.images(12, 2, FLOAT));

  static Stream<Named<Model>> networks() {
    return Stream.of(
        Named.of("layers of ours", ofOurLayers()),
        Named.of("adapters over a network", adapted(TrainedNetworks.lenet(FLOAT))),
        Named.of("adapters over a graph", adapted(TrainedNetworks.residual(FLOAT))));
  }

  private static MultiLayerNetwork ofOurLayers() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam(0.02))
                .activation(Activation.TANH)
                .list()
                .layer(
                    new NolaConv.Builder(3, 3)
                        .nOut(4)
                        .reparameterization(Nola.scratch(2, 9, 7))
                        .build())
                .layer(
                    new NolaDense.Builder()
                        .nOut(6)
                        .reparameterization(Nola.scratch(2, 9, 7))
                        .build())
                .layer(
                    new OutputLayer.Builder()
                        .nOut(TrainedNetworks.CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(8, 8, 2))
                .build());
    network.init();
    return network;
  }

  private static AdapterPlan plan() {
    return AdapterPlan.builder()
        .adaptAll(w0 -> Nola.on(w0, 2, 9, 7))
        .updater(new Adam(0.02))
        .build();
  }

  private static Model adapted(MultiLayerNetwork network) {
    return Adapters.wrap(network, plan()).network();
  }

  private static Model adapted(ComputationGraph network) {
    return Adapters.wrap(network, plan()).network();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void learns(Model network) {
    double before = loss(network);
    // A worker may copy the network while another one trains it: no two runs are the same.
    for (int i = 0; i < 10 && loss(network) > 0.8 * before; i++) {
      fit(network, 20);
    }
    assertTrue(loss(network) <= 0.8 * before, () -> before + " to " + loss(network));
  }

  private static double loss(Model network) {
    return network instanceof MultiLayerNetwork layers
        ? layers.score(BATCHES.get(0))
        : ((ComputationGraph) network).score(BATCHES.get(0));
  }

  private static void fit(Model network, int epochs) {
    ParallelWrapper parallel =
        new ParallelWrapper.Builder<>(network)
            .workers(2)
            .averagingFrequency(1)
            .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
            .build();
    for (int epoch = 0; epoch < epochs; epoch++) {
      parallel.fit(new ExistingDataSetIterator(BATCHES));
    }
    parallel.shutdown();
  }

  @Test
  void onlyTheAdapterChangesAndFitsTheTrainedNetwork() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    INDArray weights = lenet.params().dup();
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(lenet, plan());
    Adapter before = adapters.adapter();
    fit(adapters.network(), 2);
    Adapter trained = adapters.adapter();
    assertNotEquals(before, trained);
    assertTrue(weights.equalsWithEps(lenet.params(), 0));
    INDArray x = BATCHES.get(0).getFeatures();
    INDArray again = Adapters.wrap(lenet, trained).network().output(x);
    assertTrue(adapters.network().output(x).equalsWithEps(again, 0));
  }
}
