// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.adapter.Adapter;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.TokenPooling;
import org.nola4j.transformer.TransformerBlock;

class MixedBatchTest {
  private static final int TENANTS = 5;

  /** Neighbors, strangers, and one that comes back. */
  private static final List<Integer> WHO = List.of(3, 0, 0, 1, 4, 3, 2, 2, 2);

  private static final List<Function<FrozenWeight, Reparameterization>> LOW_RANK =
      List.of(w0 -> Nola.on(w0, 2, 11, 7), w0 -> Lora.on(w0, 2));

  private static List<String> names(List<Integer> who) {
    return who.stream().map(MixedBatchTest::name).toList();
  }

  private static String name(int tenant) {
    return "tenant" + tenant;
  }

  /** Fills a bank with adapters of random numbers, the network's parameters. */
  private static <N extends Model> AdapterBank<N> filled(
      AdapterBank<N> bank, N network, Function<N, Adapter> adapter) {
    INDArray before = network.params().dup();
    for (int tenant = 0; tenant < TENANTS; tenant++) {
      Nd4j.getRandom().setSeed(tenant);
      network.setParams(before.add(Nd4j.randn(DataType.FLOAT, before.shape()).muli(0.3)));
      bank.put(name(tenant), adapter.apply(network));
    }
    return bank;
  }

  private static AdapterBank<MultiLayerNetwork> bank(MultiLayerNetwork network, long cacheBytes) {
    return filled(AdapterBank.of(network).cacheBytes(cacheBytes).build(), network, Adapter::of);
  }

  private static AdapterBank<ComputationGraph> bank(ComputationGraph network, long cacheBytes) {
    return filled(AdapterBank.of(network).cacheBytes(cacheBytes).build(), network, Adapter::of);
  }

  private static <N> void assertEachAsAlone(AdapterBank<N> bank, INDArray x) {
    assertEachAsAlone(bank, x, WHO);
    assertEachAsAlone(bank, x.get(NDArrayIndex.interval(0, 3)).dup('c'), List.of(4, 1, 1));
    assertEachAsAlone(bank, x, WHO); // some are expanded already
  }

  private static <N> void assertEachAsAlone(AdapterBank<N> bank, INDArray x, List<Integer> who) {
    INDArray together = bank.output(names(who), x);
    assertEquals(who.size(), together.size(0));
    for (int i = 0; i < who.size(); i++) {
      INDArray example = x.get(NDArrayIndex.interval(i, i + 1)).dup('c');
      INDArray alone = bank.output(name(who.get(i)), example);
      assertArrayEquals(
          alone.dup('c').data().asFloat(), together.slice(i).dup('c').data().asFloat(), 1e-6f);
      INDArray another = bank.output(name((who.get(i) + 1) % TENANTS), example);
      assertFalse(alone.equalsWithEps(another, 1e-4), "all tenants have the same output");
    }
  }

  private static MultiLayerNetwork perceptron() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .activation(Activation.TANH)
                .list()
                .layer(new DenseLayer.Builder().name("one").nOut(16).build())
                .layer(new DenseLayer.Builder().name("two").nOut(12).build())
                .layer(
                    new OutputLayer.Builder()
                        .name("out")
                        .nOut(4)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(7))
                .build());
    network.init();
    return network;
  }

  private static INDArray rows() {
    Nd4j.getRandom().setSeed(9);
    return Nd4j.randn(DataType.FLOAT, WHO.size(), 7);
  }

  @Test
  void denseLayers() {
    for (Function<FrozenWeight, Reparameterization> method : LOW_RANK) {
      for (long cacheBytes : new long[] {0, 1_000, 1 << 20}) {
        AdapterPlan plan = AdapterPlan.builder().adapt(".*", method).build();
        MultiLayerNetwork network = Adapters.wrap(perceptron(), plan).network();
        assertTrue(((RuntimeLayer) network.getLayer(0)).mixes());
        assertEachAsAlone(bank(network, cacheBytes), rows());
      }
    }
  }

  @Test
  void aClassifierOfEachOnesOwn() {
    AdapterPlan plan = AdapterPlan.builder().adapt("one|two", LOW_RANK.get(0)).train("out").build();
    assertEachAsAlone(bank(Adapters.wrap(perceptron(), plan).network(), 1 << 20), rows());
  }

  @Test
  void weightsThatAreFormed() {
    AdapterPlan plan = AdapterPlan.builder().adapt(".*", w0 -> Pranc.on(w0, 30)).build();
    MultiLayerNetwork network = Adapters.wrap(perceptron(), plan).network();
    assertFalse(((RuntimeLayer) network.getLayer(0)).mixes());
    assertEachAsAlone(bank(network, 1 << 20), rows());
  }

  @Test
  void convolutionsAndAResidualGraph() {
    INDArray x = TrainedNetworks.images(WHO.size(), 9, DataType.FLOAT).getFeatures();
    AdapterPlan plan =
        AdapterPlan.builder().adapt("out", LOW_RANK.get(0)).adaptAll(LOW_RANK.get(0)).build();
    assertEachAsAlone(
        bank(Adapters.wrap(TrainedNetworks.lenet(DataType.FLOAT), plan).network(), 0), x);
    assertEachAsAlone(
        bank(Adapters.wrap(TrainedNetworks.residual(DataType.FLOAT), plan).network(), 0), x);
  }

  @Test
  void trainedBiasesOfLayersOfOurOwn() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .list()
                .layer(
                    new NolaDense.Builder()
                        .nOut(9)
                        .activation(Activation.TANH)
                        .reparameterization(Nola.on(FrozenWeight.seeded(), 2, 8, 8))
                        .build())
                .layer(new OutputLayer.Builder().nOut(4).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(7))
                .build());
    network.init();
    assertEachAsAlone(bank(network, 1 << 20), rows());
  }

  private static ComputationGraph transformer(NormPosition position) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .graphBuilder()
                .addInputs("tokens")
                .setInputTypes(InputType.recurrent(12, 5, RNNFormat.NWC))
                .addLayer("block0", block(position), "tokens")
                .addLayer("block1", block(position), "block0")
                .addLayer(
                    "pool",
                    new TokenPooling.Builder()
                        .kind(TokenPooling.Kind.MEAN)
                        .classToken(false)
                        .build(),
                    "block1")
                .addLayer(
                    "head",
                    new OutputLayer.Builder().nOut(4).activation(Activation.SOFTMAX).build(),
                    "pool")
                .setOutputs("head")
                .build());
    graph.init();
    return graph;
  }

  private static TransformerBlock block(NormPosition position) {
    return new TransformerBlock.Builder()
        .heads(3)
        .mlpWidth(20)
        .normPosition(position)
        .reparameterization(new Dense())
        .build();
  }

  @Tag("slow")
  @Test
  void transformerBlocks() {
    Nd4j.getRandom().setSeed(9);
    INDArray x = Nd4j.randn(DataType.FLOAT, WHO.size(), 5, 12);
    for (Function<FrozenWeight, Reparameterization> method : LOW_RANK) {
      for (NormPosition position : NormPosition.values()) {
        for (String weights : List.of("fc1|fc2", "q|v", "q|k|v|proj|fc1|fc2")) {
          AdapterPlan plan =
              AdapterPlan.builder()
                  .adapt("block\\d\\.(" + weights + ")", method)
                  .train("head")
                  .build();
          ComputationGraph network = Adapters.wrap(transformer(position), plan).network();
          assertTrue(((RuntimeLayer) network.getLayer("block0")).mixes());
          assertEachAsAlone(bank(network, 1 << 20), x);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void textsOfSeveralLengths(NormPosition position) {
    INDArray mask = Nd4j.createFromArray(new float[][] {{1, 0, 1, 0}, {1, 1, 1, 1}, {1, 0, 0, 0}});
    INDArray x = Nd4j.randn(DataType.FLOAT, 3, 4, 12);
    AdapterPlan plan =
        AdapterPlan.builder().adapt("block\\d\\.(q|fc2)", LOW_RANK.get(0)).train("head").build();
    ComputationGraph network = Adapters.wrap(transformer(position), plan).network();
    AdapterBank<ComputationGraph> bank = bank(network, 0);
    List<Integer> who = List.of(2, 0, 0);
    INDArray together = output(bank, who, x, mask);
    for (int i = 0; i < 3; i++) {
      var row = NDArrayIndex.interval(i, i + 1);
      INDArray alone = output(bank, List.of(who.get(i)), x.get(row).dup(), mask.get(row).dup());
      assertArrayEquals(
          alone.data().asFloat(), together.getRow(i, true).dup().data().asFloat(), 1e-6f);
    }
    for (List<Integer> wrong : List.of(List.of(2, 0), List.of(2, 0, 0, 1))) {
      for (INDArray each : new INDArray[] {mask, null}) {
        assertMessage(
            "expected a batch of %d examples, one for each adapter that was named, but got 3"
                .formatted(wrong.size()),
            () -> output(bank, wrong, x, each));
      }
    }
  }

  private static INDArray output(
      AdapterBank<ComputationGraph> bank, List<Integer> who, INDArray x, INDArray mask) {
    return bank.use(
        names(who),
        n ->
            n.output(false, new INDArray[] {x}, mask == null ? null : new INDArray[] {mask})[0]
                .dup());
  }

  @Test
  void masksGoWithTheirExamples() {
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .activation(Activation.TANH)
                .list()
                .layer(new LSTM.Builder().name("lstm").nIn(3).nOut(6).build())
                .layer(new GlobalPoolingLayer(PoolingType.AVG))
                .layer(
                    new OutputLayer.Builder()
                        .name("out")
                        .nOut(4)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(3))
                .build());
    base.init();
    AdapterPlan plan = AdapterPlan.builder().adapt("lstm", LOW_RANK.get(1)).train("out").build();
    AdapterBank<MultiLayerNetwork> bank = bank(Adapters.wrap(base, plan).network(), 0);
    INDArray x = Nd4j.randn(DataType.FLOAT, 3, 3, 4);
    INDArray mask = Nd4j.createFromArray(new float[][] {{1, 1, 1, 1}, {1, 1, 0, 0}, {1, 0, 0, 0}});
    INDArray together =
        bank.use(names(List.of(2, 0, 1)), n -> n.output(x, false, mask, null)).dup();
    for (int i = 0; i < 3; i++) {
      var row = NDArrayIndex.interval(i, i + 1);
      INDArray alone =
          bank.use(
              name(List.of(2, 0, 1).get(i)),
              n -> n.output(x.get(row).dup(), false, mask.get(row).dup(), null));
      assertArrayEquals(
          alone.dup().data().asFloat(), together.slice(i).dup().data().asFloat(), 1e-6f);
    }
  }

  @Test
  void roundedCoefficientsAndRequestsOfOneAdapterInBetween() {
    AdapterPlan plan = AdapterPlan.builder().adapt("one|two", LOW_RANK.get(0)).train("out").build();
    MultiLayerNetwork network = Adapters.wrap(perceptron(), plan).network();
    AdapterBank<MultiLayerNetwork> bank =
        filled(AdapterBank.of(network).bits(4).build(), network, Adapter::of);
    INDArray x = rows();
    INDArray before = bank.output(name(1), x);
    assertEachAsAlone(bank, x);
    assertEquals(before, bank.output(name(1), x));
  }

  /** Adapters that were replaced or removed are not those that were expanded under their names. */
  @Test
  void aReplacedAdapter() {
    AdapterPlan plan = AdapterPlan.builder().adapt(".*", LOW_RANK.get(0)).build();
    MultiLayerNetwork network = Adapters.wrap(perceptron(), plan).network();
    AdapterBank<MultiLayerNetwork> bank = bank(network, 1 << 20);
    assertEachAsAlone(bank, rows());
    Nd4j.getRandom().setSeed(77);
    network.setParams(Nd4j.randn(DataType.FLOAT, network.params().shape()).muli(0.4));
    bank.put(name(3), Adapter.of(network));
    assertEachAsAlone(bank, rows());
  }

  @Test
  void mistakes() {
    AdapterPlan plan = AdapterPlan.builder().adapt(".*", LOW_RANK.get(0)).build();
    AdapterBank<MultiLayerNetwork> bank = bank(Adapters.wrap(perceptron(), plan).network(), 0);
    INDArray x = rows();
    assertMessage(
        "expected an adapter for each of the 9 examples, but 2 are named",
        () -> bank.output(List.of(name(0), name(1)), x));
    assertMessage(
        "the bank has no adapter \"nobody\" among its 5: put it first, or see names()",
        () -> bank.output(names(WHO).stream().map(n -> "nobody").toList(), x));
    assertMessage(
        "expected the adapter of each example, but got no names",
        () -> bank.use(List.of(), n -> n));
    assertMessage(
        "expected a batch of 2 examples, one for each adapter that was named, but a layer got 9"
            + " rows",
        () -> bank.use(List.of(name(0), name(1)), n -> n.output(x)));
    assertEachAsAlone(bank, x);
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
