// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nd4j.linalg.api.buffer.DataType.DOUBLE;
import static org.nd4j.linalg.api.buffer.DataType.FLOAT;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.adapter.Adapter;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

/** Uses of adapters beside training: disabling, enabling, inspecting, resuming. */
class AdaptersUseTest {
  private final DataSet images = TrainedNetworks.images(12, 3, FLOAT);

  @AfterEach
  void defaultTypes() {
    Nd4j.setDefaultDataTypes(FLOAT, FLOAT);
  }

  private static AdapterPlan.Builder all(Function<FrozenWeight, Reparameterization> method) {
    return AdapterPlan.builder().adaptAll(method).updater(new Adam(0.02));
  }

  private static void assertSameBits(INDArray expected, INDArray actual) {
    assertTrue(expected.equalsWithEps(actual, 0), () -> expected + " but " + actual);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.nola4j.transfer.AdaptersTest#methods")
  void disabledTheyLeaveTheTrainedNetworksOutputs(
      String name, Function<FrozenWeight, Reparameterization> method) {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(lenet, all(method).build());
    adapters.network().fit(images);
    INDArray trained = adapters.network().output(images.getFeatures());
    Adapter before = adapters.adapter();

    adapters.disable();
    adapters.disable(); // once is enough
    assertFalse(adapters.isEnabled());
    assertSameBits(
        lenet.output(images.getFeatures()), adapters.network().output(images.getFeatures()));

    adapters.enable();
    adapters.enable();
    assertTrue(adapters.isEnabled());
    assertSameBits(trained, adapters.network().output(images.getFeatures()));
    assertEquals(before, adapters.adapter());
  }

  @Test
  void disabledBatchNormsAndHeadsAreTheTrainedNetworksToo() {
    ComputationGraph residual = TrainedNetworks.residual(FLOAT);
    AdapterPlan plan =
        AdapterPlan.builder().adapt("conv2", w0 -> Lora.on(w0, 2)).trainBatchNorm().build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(residual, plan);
    adapters.network().fit(images);
    adapters.disable();
    assertSameBits(
        residual.outputSingle(images.getFeatures()),
        adapters.network().outputSingle(images.getFeatures()));
  }

  @Test
  void disabledNothingIsSavedOrMergedAsIfItWereTrained() {
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(TrainedNetworks.lenet(FLOAT), all(w0 -> Lora.on(w0, 1)).build());
    adapters.disable();
    assertThrows(IllegalStateException.class, adapters::adapter);
    assertThrows(IllegalStateException.class, adapters::merge);
    assertThrows(IllegalStateException.class, () -> adapters.delta("fc"));
    adapters.unmerge(); // is not about adapters
  }

  @Test
  void trainingInBetweenIsLostButNotInSilence() {
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(TrainedNetworks.lenet(FLOAT), all(w0 -> Lora.on(w0, 1)).build());
    adapters.network().fit(images);
    Adapter before = adapters.adapter();
    adapters.disable();
    adapters.network().fit(images);
    assertThrows(IllegalStateException.class, adapters::enable);
    assertTrue(adapters.isEnabled());
    assertEquals(before, adapters.adapter());
  }

  @Test
  void theDeltaOfALayerIsWhatMergingAdds() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(lenet, all(w0 -> Nola.on(w0, 2, 5, 4)).build());
    TrainedNetworks.perturb(adapters.network().params());
    MultiLayerNetwork merged = adapters.merge();
    List<String> names = List.of("conv1", "pool", "conv2", "fc", "out");
    for (int i = 0; i < names.size(); i++) {
      Map<String, INDArray> before = lenet.getLayer(i).paramTable();
      Map<String, INDArray> after = merged.getLayer(i).paramTable();
      Map<String, INDArray> delta = adapters.delta(names.get(i));
      assertEquals(before.keySet(), delta.keySet());
      before.forEach(
          (name, value) ->
              assertTrue(after.get(name).equalsWithEps(value.add(delta.get(name)), 1e-6)));
      assertTrue(TrainedNetworks.equalBits(delta, adapters.delta(String.valueOf(i))));
    }
    assertTrue(adapters.delta("fc").get("W").amaxNumber().doubleValue() > 0.01);
    assertEquals(0, adapters.delta("fc").get("b").amaxNumber().doubleValue());
    assertThrows(IllegalArgumentException.class, () -> adapters.delta("none"));
  }

  @Test
  void theDeltasOfAGraphsLayersAreFoundByTheTrainedGraphsNames() {
    ComputationGraph residual = TrainedNetworks.residual(FLOAT);
    AdapterPlan plan = all(w0 -> Lora.on(w0, 1)).adapt("out", w0 -> Lora.on(w0, 1)).build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(residual, plan);
    TrainedNetworks.perturb(adapters.network().params());
    INDArray merged = adapters.merge().getLayer("out").getParam("W");
    INDArray delta = adapters.delta("out").get("W");
    assertTrue(merged.equalsWithEps(residual.getLayer("out").getParam("W").add(delta), 1e-6));
  }

  @Test
  void parametersAreSummedUp() {
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            TrainedNetworks.lenet(FLOAT),
            AdapterPlan.builder().adapt("fc", w0 -> Nola.on(w0, 2, 6, 4)).freeze("out").build());
    ParameterCount count = adapters.parameters();
    assertEquals(10, count.trained());
    long base = TrainedNetworks.lenet(FLOAT).numParams();
    assertEquals(base + 10, count.all());
    assertEquals(
        String.format(
            java.util.Locale.ROOT,
            "trained: 10 of %,d parameters (%.2f %%)",
            base + 10,
            1000.0 / (base + 10)),
        count.summary());
  }

  @Test
  void ranksAreChosenByLayer() {
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("conv1", w0 -> Nola.on(w0, 3, 8, 8))
            .adapt("conv.*|fc", w0 -> Nola.on(w0, 1, 4, 4))
            .build();
    Adapter adapter = Adapters.wrap(TrainedNetworks.lenet(FLOAT), plan).adapter();
    List<Integer> ranks =
        adapter.layers().stream()
            .filter(layer -> !layer.weights().isEmpty())
            .map(layer -> ((Nola) layer.weight("W").method()).rank())
            .toList();
    assertEquals(List.of(3, 1, 1), ranks);
  }

  @Test
  void layersHaveUpdatersOfTheirOwn() {
    AdapterPlan plan =
        all(w0 -> Lora.on(w0, 1))
            .updater("out", new Sgd(0.5))
            .updater("conv.*|2", new Sgd(0))
            .build();
    MultiLayerNetwork network = Adapters.wrap(TrainedNetworks.lenet(FLOAT), plan).network();
    INDArray frozen = network.getParam("0_A").dup();
    INDArray moved = network.getParam("3_B").dup();
    network.fit(images);
    assertEquals(new Sgd(0.5), ((BaseLayer) network.getLayer(4).conf().getLayer()).getIUpdater());
    assertEquals(
        new Adam(0.02),
        ((ReparameterizedLayer) network.getLayer(3).conf().getLayer()).getIUpdater());
    assertSameBits(frozen, network.getParam("0_A"));
    assertFalse(moved.equalsWithEps(network.getParam("3_B"), 0));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Adapters.wrap(
                    TrainedNetworks.lenet(FLOAT),
                    all(w0 -> Lora.on(w0, 1)).updater("fc9", new Sgd(0.5)).build()));
    assertTrue(e.getMessage().contains("the updater of the name fc9 matches none"), e.getMessage());
  }

  @Test
  void anAdapterIsTakenUpWithOptions() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> first = Adapters.wrap(lenet, all(w0 -> Lora.on(w0, 1)).build());
    first.network().fit(images);
    AdapterPlan options =
        AdapterPlan.builder().updater(new Sgd(0.25)).updater("out", new NoOp()).build();
    Adapters<MultiLayerNetwork> again = Adapters.wrap(lenet, first.adapter(), options);
    assertEquals(first.adapter(), again.adapter());
    MultiLayerNetwork network = again.network();
    assertEquals(
        new Sgd(0.25),
        ((ReparameterizedLayer) network.getLayer(3).conf().getLayer()).getIUpdater());
    assertEquals(new NoOp(), ((BaseLayer) network.getLayer(4).conf().getLayer()).getIUpdater());
    AdapterPlan rules = AdapterPlan.builder().train("fc").build();
    assertThrows(
        IllegalArgumentException.class, () -> Adapters.wrap(lenet, first.adapter(), rules));
  }

  private static AdapterPlan dropping(double rate) {
    return AdapterPlan.builder()
        .adapt("fc|out", w0 -> Lora.on(w0, 2))
        .adapterDropout(rate)
        .updater(new NoOp())
        .build();
  }

  @Test
  void dropoutIsOffAtInference() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    MultiLayerNetwork dropping = Adapters.wrap(lenet, dropping(0.5)).network();
    MultiLayerNetwork plain = Adapters.wrap(lenet, dropping(0)).network();
    TrainedNetworks.perturb(plain.params());
    dropping.setParams(plain.params());
    INDArray x = images.getFeatures();
    assertSameBits(plain.output(x), dropping.output(x));
    assertFalse(plain.output(x, true).equalsWithEps(dropping.output(x, true), 1e-4));
  }

  /** The adapter's share of the pre-activations is linear in its input. */
  @Tag("slow")
  @Test
  void dropoutsExpectationIsTheWholeInput() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    AdapterPlan plan =
        AdapterPlan.builder().adapt("out", w0 -> Lora.on(w0, 2)).adapterDropout(0.3).build();
    MultiLayerNetwork network = Adapters.wrap(lenet, plan).network();
    TrainedNetworks.perturb(network.params());
    INDArray x = TrainedNetworks.images(1, 1, FLOAT).getFeatures();
    INDArray expected = network.feedForward(x, false).get(5);
    INDArray sum = Nd4j.zeros(FLOAT, expected.shape());
    int draws = 2000;
    Nd4j.getRandom().setSeed(1);
    for (int i = 0; i < draws; i++) {
      sum.addi(network.feedForward(x, true).get(5));
    }
    INDArray mean = sum.div(draws);
    assertTrue(expected.equalsWithEps(mean, 0.01), () -> expected + " but " + mean);
  }

  @Test
  void dropoutsGradientIsThatOfTheNumbersDrawn() {
    Nd4j.setDefaultDataTypes(DOUBLE, DOUBLE);
    AdapterPlan dropping =
        AdapterPlan.builder()
            .train("conv2") // gets its gradient through both adapters
            .adapt("fc|out", w0 -> Lora.on(w0, 2))
            .adapterDropout(0.4)
            .updater(new NoOp())
            .build();
    assertTrue(isGradient(Adapters.wrap(TrainedNetworks.lenet(DOUBLE), dropping).network()));
  }

  private static boolean isGradient(MultiLayerNetwork network) {
    TrainedNetworks.perturb(network.params());
    DataSet data = TrainedNetworks.images(4, 1, DOUBLE);
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.MLNConfig()
            .net(network)
            .epsilon(1e-6)
            .maxRelError(1e-4)
            .minAbsoluteError(1e-8)
            .callEachIter(each -> Nd4j.getRandom().setSeed(7)) // the same draw
            .input(data.getFeatures())
            .labels(data.getLabels()));
  }

  @Test
  void dropoutIsPartOfTheConfiguration() {
    MultiLayerConfiguration conf =
        Adapters.wrap(TrainedNetworks.lenet(DataType.FLOAT), dropping(0.25))
            .network()
            .getLayerWiseConfigurations();
    MultiLayerConfiguration again = MultiLayerConfiguration.fromJson(conf.toJson());
    assertEquals(conf, again);
    assertEquals(0.25, ((AdaptedLayer) again.getConf(3).getLayer()).getAdapterDropout());
    assertFalse(
        Adapters.wrap(TrainedNetworks.lenet(DataType.FLOAT), dropping(0))
            .network()
            .getLayerWiseConfigurations()
            .toJson()
            .contains("adapterDropout"));
  }

  @Test
  void dropoutWhereItCannotBeIsRefusedByName() {
    AdapterPlan plan =
        AdapterPlan.builder().adapt("conv1", w0 -> Lora.on(w0, 1)).adapterDropout(0.1).build();
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> Adapters.wrap(TrainedNetworks.ours(FLOAT), plan));
    assertTrue(
        e.getMessage().contains("layer \"conv1\" (NolaConv) cannot have adapterDropout"),
        e.getMessage());
    for (double rate : new double[] {-0.1, 1, Double.NaN}) {
      assertThrows(
          IllegalArgumentException.class, () -> AdapterPlan.builder().adapterDropout(rate));
    }
  }
}
