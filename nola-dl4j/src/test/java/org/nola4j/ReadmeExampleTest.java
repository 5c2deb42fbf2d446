// SPDX-License-Identifier: Apache-2.0
package org.nola4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.datasets.iterator.utilty.SingletonDataSetIterator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** The README's examples are these, line by line, and they run. */
class ReadmeExampleTest {
  @TempDir Path folder;

  @Test
  void exampleRuns() throws IOException {
    example();
  }

  /** Rates that are too large make a network worse than one whose NOLA layer is left alone. */
  @Test
  @Tag("slow")
  void exampleTrainsItsLayerToAdvantage() throws IOException {
    MultiLayerConfiguration trained = example();
    MultiLayerConfiguration untrained = trained.clone();
    NolaDense layer = (NolaDense) untrained.getConf(0).getLayer();
    layer.setScaledRate(false);
    layer.setIUpdater(new Sgd(0));
    layer.setBiasUpdater(new Sgd(0));
    double gain = accuracyAfterTraining(trained) - accuracyAfterTraining(untrained);
    assertTrue(gain > 0.01, "training the layer gains " + gain);
  }

  private static double accuracyAfterTraining(MultiLayerConfiguration conf) throws IOException {
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    network.fit(Mnist10k.train(), 5);
    return network.evaluate(Mnist10k.test()).accuracy();
  }

  private MultiLayerConfiguration example() throws IOException {
    Path file = folder.resolve("task.safetensors");
    INDArray features = Nd4j.rand(32, 784);
    INDArray labels = Nd4j.eye(32).getColumns(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    // README.md begins
    // Rank 8 on a seeded random W0: 500 + 500 coefficients instead of 200,704 weights.
    Nola method = Nola.on(FrozenWeight.seeded(), 8, 500, 500);
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(42)
            .updater(new Adam(0.003))
            .activation(Activation.RELU)
            .list()
            .layer(
                new NolaDense.Builder()
                    .nOut(256)
                    .reparameterization(method)
                    .scaledRate(true) // 0.003 for W; the coefficients' rate follows
                    .build())
            .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.feedForward(784))
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    network.fit(features, labels);
    Adapter.of(network).write(file, Precision.F32); // what was trained: no basis, no W0

    MultiLayerNetwork again = new MultiLayerNetwork(conf.clone());
    again.init();
    Adapter.read(file).applyTo(again);
    // README.md ends
    assertEquals(network.output(features), again.output(features));
    return conf;
  }

  @Test
  void exampleOfATrainedNetworkRuns() throws IOException {
    DataSet task = new DataSet(Nd4j.rand(8, 6), Nd4j.rand(8, 3));
    exampleOfATrainedNetwork(perceptron(6, 5, 4, 3), new SingletonDataSetIterator(task));
  }

  /** One that reads digits learns to read them upside down, with one epoch for either. */
  @Test
  @Tag("slow")
  void exampleOfATrainedNetworkTrainsItsAdaptersToAdvantage() throws IOException {
    MultiLayerNetwork trained = perceptron(784, 128, 32, 10);
    trained.fit(Mnist10k.train(), 3);
    MultiLayerNetwork adapted = exampleOfATrainedNetwork(trained, Mnist10k.turnedTrain());
    AdapterPlan headOnly = AdapterPlan.builder().updater(new Adam(0.003)).build();
    MultiLayerNetwork head = Adapters.wrap(trained, headOnly).network();
    head.fit(Mnist10k.turnedTrain());
    double gain = accuracy(adapted) - accuracy(head);
    assertTrue(gain > 0.05, "training the adapters gains " + gain);
  }

  private static double accuracy(MultiLayerNetwork network) throws IOException {
    return network.evaluate(Mnist10k.turnedTest()).accuracy();
  }

  private static MultiLayerNetwork perceptron(int nIn, int first, int second, int nOut) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam())
                .activation(Activation.RELU)
                .list()
                .layer(new DenseLayer.Builder().nIn(nIn).nOut(first).build())
                .layer(new DenseLayer.Builder().nIn(first).nOut(second).build())
                .layer(
                    new OutputLayer.Builder()
                        .nIn(second)
                        .nOut(nOut)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    network.init();
    return network;
  }

  private MultiLayerNetwork exampleOfATrainedNetwork(
      MultiLayerNetwork trained, DataSetIterator task) throws IOException {
    Path file = folder.resolve("task.safetensors");
    INDArray x = task.next().getFeatures();
    task.reset();
    // README.md begins
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            trained,
            AdapterPlan.builder()
                .adaptAll(w0 -> Nola.on(w0, 4, 500, 500)) // all layers with weights but the last
                .updater(new Adam(0.003))
                .scaledRate()
                .build());
    adapters.network().fit(task); // an ordinary DL4J network
    adapters.adapter().write(file, Precision.F16); // the task, in kilobytes

    MultiLayerNetwork plain = adapters.merge(); // without our classes
    Adapters.wrap(trained, Adapter.read(file)); // back from the file; no plan needed

    AdapterBank<MultiLayerNetwork> bank =
        AdapterBank.of(adapters.network()).bits(8).copies(2).build();
    bank.put("de", Adapter.read(file));
    INDArray y = bank.output("de", x); // thread-safe; each request with its own adapter
    // README.md ends
    assertTrue(plain.output(x).equalsWithEps(adapters.network().output(x), 1e-6));
    assertTrue(y.equalsWithEps(adapters.network().output(x), 0.1));
    return adapters.network();
  }

  @Test
  void readmeShowsTheseExamples() throws IOException {
    DocumentedExamples.assertShown(ReadmeExampleTest.class, "README.md");
  }
}
