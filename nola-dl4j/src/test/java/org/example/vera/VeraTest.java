// SPDX-License-Identifier: Apache-2.0
package org.example.vera;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.layers.DoublePrecision;
import org.nola4j.layers.NolaConv;
import org.nola4j.layers.NolaDense;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.Reparameterizations;
import org.nola4j.reparameterization.WeightShape;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** A third-party method works everywhere that the built-in ones do. */
class VeraTest {
  private static final int BATCH = 6;
  private static final int IN = 5;
  private static final int UNITS = 7;
  private static final int CLASSES = 3;
  private static final Vera SEEDED = Vera.on(FrozenWeight.seeded(), 4);

  @TempDir private Path folder;

  @Test
  void onePairServesAllWeights() {
    Factorization small = SEEDED.factorize(new WeightShape(3, 4, 3), 1);
    Factorization large = SEEDED.factorize(new WeightShape(6, 9, 6), 2);
    for (int row = 0; row < 3; row++) {
      for (int q = 0; q < 4; q++) {
        double ratio = Math.sqrt(6.0 / 3) / Math.sqrt(6.0 / 6); // Kaiming's bound
        assertEquals(
            element(small, 0, row, q), ratio * element(large, 0, row, q), 1e-6, "A " + row + q);
        assertEquals(element(small, 1, q, row), element(large, 1, q, row), 0, "B " + q + row);
      }
    }
  }

  /** With all trained numbers 1. */
  private static float element(Factorization weight, int factor, int row, int column) {
    float[] ones = new float[weight.factors().get(factor).map().parameters()];
    java.util.Arrays.fill(ones, 1);
    float[] elements = new float[weight.factors().get(factor).elements()];
    weight.factors().get(factor).expand(ones, elements);
    return elements[row * weight.factors().get(factor).columns() + column];
  }

  @Tag("slow")
  @Test
  @ExtendWith(DoublePrecision.class)
  void gradientsAreRight() {
    MultiLayerNetwork network = network(DataType.DOUBLE, 1);
    perturb(network);
    assertTrue(
        GradientCheckUtil.checkGradients(
            new GradientCheckUtil.MLNConfig()
                .net(network)
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .input(features(DataType.DOUBLE))
                .labels(labels(DataType.DOUBLE))));
  }

  @Tag("slow")
  @Test
  @ExtendWith(DoublePrecision.class)
  void gradientsOfConvolutionsAreRight() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            builder(DataType.DOUBLE, 1)
                .list()
                .layer(
                    new NolaConv.Builder()
                        .kernelSize(3, 3)
                        .nOut(4)
                        .reparameterization(SEEDED)
                        .activation(Activation.TANH)
                        .build())
                .layer(output())
                .setInputType(InputType.convolutional(4, 4, 2))
                .build());
    network.init();
    perturb(network);
    assertTrue(
        GradientCheckUtil.checkGradients(
            new GradientCheckUtil.MLNConfig()
                .net(network)
                .epsilon(1e-6)
                .maxRelError(1e-4)
                .minAbsoluteError(1e-8)
                .input(Normals.of(DataType.DOUBLE, 3, BATCH, 2, 4, 4))
                .labels(labels(DataType.DOUBLE))));
  }

  @Test
  void trainsTwoVectorsOfEachWeight() {
    MultiLayerNetwork network = network(DataType.FLOAT, 0.1);
    assertArrayEquals(new long[] {1, 4}, network.getParam("0_lambdaD").shape());
    assertArrayEquals(new long[] {1, UNITS}, network.getParam("0_lambdaB").shape());
    INDArray b = network.getParam("0_lambdaB").dup();
    INDArray d = network.getParam("0_lambdaD").dup();
    network.fit(data());
    assertNotEquals(b, network.getParam("0_lambdaB"));
    network.fit(data());
    assertNotEquals(d, network.getParam("0_lambdaD")); // b was zero before
  }

  @Tag("slow")
  @Test
  void comesBackFromJsonAndModelFiles() throws IOException {
    MultiLayerNetwork network = trained();
    MultiLayerConfiguration conf = network.getLayerWiseConfigurations();
    MultiLayerConfiguration again = MultiLayerConfiguration.fromJson(conf.toJson());
    assertTrue(conf.toJson().contains("\"method\" : \"vera\""), conf.toJson());
    assertEquals(conf.toJson(), again.toJson());
    assertEquals(SEEDED, ((NolaDense) again.getConf(1).getLayer()).getReparameterization());

    File file = folder.resolve("model.zip").toFile();
    ModelSerializer.writeModel(network, file, true);
    MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file);
    assertEquals(network.output(features()), restored.output(features()));
  }

  @Tag("slow")
  @Test
  void comesBackFromAdapterFiles() throws IOException {
    MultiLayerNetwork network = trained();
    Path file = folder.resolve("vera.safetensors");
    Adapter.of(network).write(file, Precision.F32);
    Adapter read = Adapter.read(file);
    assertEquals(Adapter.of(network), read);
    assertEquals(SEEDED, read.layers().get(0).weights().get(0).method());

    MultiLayerNetwork other = network(DataType.FLOAT, 0.1);
    read.applyTo(other);
    assertEquals(network.output(features()), other.output(features()));

    Adapter quantized = Adapter.of(network).quantized(4);
    quantized.write(file, Precision.F32);
    assertEquals(quantized, Adapter.read(file));
    assertEquals(4, Adapter.read(file).bits("0", "lambdaB").getAsInt());
  }

  @Test
  void adaptsTrainedNetworks() throws IOException {
    MultiLayerNetwork base = plain();
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            base,
            AdapterPlan.builder().adaptAll(w0 -> Vera.on(w0, 3)).updater(new Sgd(0.1)).build());
    assertEquals(base.output(features()), adapters.network().output(features()));
    for (int step = 0; step < 5; step++) {
      adapters.network().fit(data());
    }
    INDArray expected = adapters.network().output(features());
    assertNotEquals(base.output(features()), expected);
    assertClose(expected, adapters.merge().output(features()));

    Path file = folder.resolve("task.safetensors");
    adapters.adapter().write(file, Precision.F32);
    assertEquals(expected, Adapters.wrap(base, Adapter.read(file)).network().output(features()));
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(adapters.network()).bits(8).build();
    bank.put("task", Adapter.read(file));
    assertEquals(CLASSES, bank.output("task", features()).columns());

    checkPeft(Adapter.read(file));
  }

  /** It is low-rank, so it is a LoRA for others. */
  private void checkPeft(Adapter adapter) throws IOException {
    PeftAdapter.of(adapter).write(folder.resolve("peft"));
    assertTrue(Files.exists(folder.resolve("peft").resolve(PeftAdapter.CONFIG)));
    List<PeftModule> modules = PeftAdapter.read(folder.resolve("peft")).modules();
    for (int layer = 0; layer < 2; layer++) {
      PeftModule.LowRank module = (PeftModule.LowRank) modules.get(layer);
      assertEquals(3, module.rank());
      Factorization weight =
          adapter
              .layers()
              .get(layer)
              .weights()
              .get(0)
              .factorize(adapter.layers().get(layer).seed());
      float[] whole = adapter.weight(String.valueOf(layer), "W");
      float[] w0 = weight.frozenWeight();
      float[] delta = module.delta(); // outputs x inputs
      for (int e = 0; e < whole.length; e++) {
        int row = e / weight.shape().columns();
        int column = e % weight.shape().columns();
        assertEquals(
            whole[e] - w0[e], delta[column * weight.shape().rows() + row], 1e-6, "element " + e);
      }
    }
  }

  @Test
  void unregisteredAndUnknownMethodsAreNamed() {
    Reparameterization stranger = new Stranger(FrozenWeight.none());
    assertTrue(
        assertThrows(IllegalStateException.class, stranger::method)
            .getMessage()
            .startsWith(Stranger.class.getName() + " is not registered as a method"));
    String message =
        assertThrows(
                IOException.class,
                () ->
                    new ObjectMapper()
                        .readValue("{\"method\":\"veera\"}", Reparameterization.class))
            .getMessage();
    assertTrue(message.contains("veera") && message.contains("vera"), message);
    assertEquals(Vera.class, Reparameterizations.find("vera").orElseThrow());
  }

  private record Stranger(FrozenWeight w0) implements Reparameterization {
    @Override
    public Reparameterization withW0(FrozenWeight w0) {
      return new Stranger(w0);
    }

    @Override
    public Factorization factorize(WeightShape shape, long seed) {
      return Factorization.frozen(shape, w0, seed);
    }
  }

  private static MultiLayerNetwork trained() {
    MultiLayerNetwork network = network(DataType.FLOAT, 0.1);
    for (int step = 0; step < 5; step++) {
      network.fit(data());
    }
    return network;
  }

  /** The second and third layer have one shape, and so the same pair and its elements. */
  private static MultiLayerNetwork network(DataType type, double rate) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            builder(type, rate)
                .list()
                .layer(dense())
                .layer(dense())
                .layer(dense())
                .layer(output())
                .setInputType(InputType.feedForward(IN))
                .build());
    network.init();
    return network;
  }

  private static MultiLayerNetwork plain() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            builder(DataType.FLOAT, 0.1)
                .list()
                .layer(new DenseLayer.Builder().nOut(UNITS).activation(Activation.TANH).build())
                .layer(new DenseLayer.Builder().nOut(UNITS).activation(Activation.TANH).build())
                .layer(output())
                .setInputType(InputType.feedForward(IN))
                .build());
    network.init();
    return network;
  }

  private static NeuralNetConfiguration.Builder builder(DataType type, double rate) {
    return new NeuralNetConfiguration.Builder().dataType(type).seed(12).updater(new Sgd(rate));
  }

  private static NolaDense dense() {
    return new NolaDense.Builder()
        .nOut(UNITS)
        .reparameterization(SEEDED)
        .activation(Activation.TANH)
        .build();
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .nOut(CLASSES)
        .activation(Activation.SOFTMAX)
        .build();
  }

  /** Zero starts hide half of the gradient. */
  private static void perturb(MultiLayerNetwork network) {
    network.params().addi(Normals.of(DataType.DOUBLE, 5, network.params().shape()).muli(0.3));
  }

  private static org.nd4j.linalg.dataset.DataSet data() {
    return new org.nd4j.linalg.dataset.DataSet(features(), labels(DataType.FLOAT));
  }

  private static INDArray features() {
    return features(DataType.FLOAT);
  }

  private static INDArray features(DataType type) {
    return Normals.of(type, 7, BATCH, IN);
  }

  private static INDArray labels(DataType type) {
    INDArray labels = Nd4j.zeros(type, BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    return labels;
  }

  private static void assertClose(INDArray expected, INDArray actual) {
    assertTrue(expected.equalsWithEps(actual, 1e-5), expected + " " + actual);
  }
}
