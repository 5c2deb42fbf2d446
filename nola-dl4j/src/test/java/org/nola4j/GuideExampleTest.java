// SPDX-License-Identifier: Apache-2.0
package org.nola4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.layers.FusedBatchNorm;
import org.nola4j.layers.GlobalAverageVertex;
import org.nola4j.layers.NolaConv;
import org.nola4j.layers.NolaDense;
import org.nola4j.network.LearningRates;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** The examples of the guides are these, line by line, and they run. */
class GuideExampleTest {
  @TempDir Path folder;

  @Test
  void convolutions() {
    INDArray images = Nd4j.rand(8, 32, 32, 3);
    INDArray labels = Nd4j.eye(10).getRows(0, 1, 2, 3, 4, 5, 6, 7);
    // networks.md begins
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(42)
            .updater(new Adam(0.003))
            .graphBuilder()
            .addInputs("images")
            .layer(
                "conv",
                new NolaConv.Builder(3)
                    .nOut(64)
                    .padding(1)
                    .hasBias(false)
                    .reparameterization(Nola.scratch(8, 250, 250))
                    .scaledRate(true)
                    .build(),
                "images")
            .layer("norm", new FusedBatchNorm.Builder().relu(true).build(), "conv")
            .addVertex("mean", new GlobalAverageVertex(), "norm")
            .layer(
                "out",
                new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build(),
                "mean")
            .setOutputs("out")
            .setInputTypes(InputType.convolutional(32, 32, 3, CNN2DFormat.NHWC))
            .build();
    ComputationGraph network = new ComputationGraph(conf);
    network.init();
    network.fit(new DataSet(images, labels)); // images [batch, 32, 32, 3]
    // networks.md ends
    assertEquals(500, ParameterCount.of(network).coefficients());
    assertArrayEquals(new long[] {8, 10}, network.outputSingle(images).shape());
  }

  @Test
  void oneVectorForSeveralLayers() {
    // networks.md begins
    Pranc pranc = Pranc.scratch(2_000);
    NolaDense first =
        new NolaDense.Builder().name("first").nOut(256).reparameterization(pranc).build();
    NolaDense second =
        new NolaDense.Builder()
            .name("second")
            .nOut(256)
            .reparameterization(pranc)
            .tiedTo("first") // an earlier layer's name
            .build();
    // networks.md ends
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam(0.003))
                .list(first, second, new OutputLayer.Builder().nOut(10).build())
                .setInputType(InputType.feedForward(784))
                .build());
    network.init();
    assertEquals(2_000, ParameterCount.of(network).coefficients());
    // networks.md begins
    LearningRates.set(network, 0.001);
    // networks.md ends
    assertEquals(0.001, first.getUpdaterByParam("alpha").getLearningRate(0, 0));
  }

  @Test
  void adapters() throws IOException {
    Path file = folder.resolve("task.safetensors");
    DataSet task = new DataSet(Nd4j.rand(8, 6), Nd4j.eye(3).getRows(0, 1, 2, 0, 1, 2, 0, 1));
    INDArray x = task.getFeatures();
    MultiLayerNetwork trained = trained();
    INDArray before = trained.output(x);
    // adapters.md begins
    AdapterPlan plan =
        AdapterPlan.builder()
            .adaptAll(w0 -> Nola.on(w0, 4, 500, 500)) // every layer with weights but the last
            .updater(new Adam(0.003))
            .scaledRate() // 0.003 for the weights; the coefficients' rates follow
            .build();
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(trained, plan);
    adapters.network().fit(task);
    adapters.adapter().write(file, Precision.F16);
    // adapters.md ends
    assertEquals(before, trained.output(x));
    INDArray after = adapters.network().output(x);
    assertNotEquals(before, after);
    // adapters.md begins
    Adapters<MultiLayerNetwork> later = Adapters.wrap(trained, Adapter.read(file));
    // adapters.md ends
    assertTrue(after.equalsWithEps(later.network().output(x), 1e-2));
    // adapters.md begins
    later.disable(); // the outputs are those of the trained network
    later.enable();
    MultiLayerNetwork plain = later.merge(); // DL4J's own layers
    // adapters.md ends
    assertTrue(later.network().output(x).equalsWithEps(plain.output(x), 1e-5));
    // adapters.md begins
    AdapterBank<MultiLayerNetwork> bank =
        AdapterBank.of(adapters.network()).bits(8).copies(2).build();
    bank.put("de", Adapter.read(file));
    INDArray y = bank.output("de", x);
    // adapters.md ends
    assertTrue(after.equalsWithEps(y, 0.1));
  }

  @Test
  void oneBatchForManyAdapters() {
    INDArray x = Nd4j.rand(3, 6);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            trained(), AdapterPlan.builder().adapt(".*", w0 -> Nola.on(w0, 2, 50, 50)).build());
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(adapters.network()).build();
    bank.put("de", adapters.adapter());
    bank.put("fr", adapters.adapter().scaled(2));
    // adapters.md begins
    INDArray all = bank.output(List.of("de", "fr", "de"), x); // x has three examples
    // adapters.md ends
    assertTrue(bank.output("fr", x).getRow(1).equalsWithEps(all.getRow(1), 1e-5));
  }

  /** What the tables of calls say. */
  @Test
  void callsOfTheTables() throws IOException {
    MultiLayerNetwork trained = trained();
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("0", w0 -> Nola.on(w0, 4, 500, 500))
            .adaptAll(w0 -> Lora.on(w0, 1))
            .train("head")
            .freeze("stem")
            .build();
    assertTrue(plan != null);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            trained,
            AdapterPlan.builder()
                .adapt("0", w0 -> Lora.on(w0, 1))
                .trainBatchNorm()
                .updater(new Adam(0.01))
                .updater("0", new Adam(0.003))
                .adapterDropout(0.1)
                .coefficientBits(3)
                .sharedBases()
                .seed(7)
                .build());
    Adapter a = adapters.adapter().withNotes(Map.of("task", "invoices"));
    assertEquals("invoices", a.notes().get("task"));
    assertTrue(adapters.delta("0").containsKey("W"));
    assertTrue(adapters.parameters().coefficients() > 0);
    Adapter.sum(List.of(a.scaled(0.5), a), 0.7, 0.3);
    a.quantized(4);
    assertEquals(trained.params(), adapters.unmerge().params());
  }

  private static MultiLayerNetwork trained() {
    MultiLayerNetwork trained =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new DenseLayer.Builder().nIn(6).nOut(5).build())
                .layer(
                    new OutputLayer.Builder().nIn(5).nOut(3).activation(Activation.SOFTMAX).build())
                .build());
    trained.init();
    return trained;
  }

  @Test
  void networksShowTheseExamples() throws IOException {
    DocumentedExamples.assertShown(GuideExampleTest.class, "docs/networks.md");
  }

  @Test
  void adaptersShowTheseExamples() throws IOException {
    DocumentedExamples.assertShown(GuideExampleTest.class, "docs/adapters.md");
  }
}
