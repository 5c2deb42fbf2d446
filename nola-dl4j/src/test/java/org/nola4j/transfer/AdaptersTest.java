// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaDense;
import org.nola4j.network.LearningRates;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

@Tag("slow")
class AdaptersTest {
  private static final DataType FLOAT = DataType.FLOAT;

  private final DataSet images = TrainedNetworks.images(12, 50, FLOAT);

  static Stream<Arguments> methods() {
    return Stream.<Function<FrozenWeight, Reparameterization>>of(
            w0 -> Nola.on(w0, 2, 11, 7),
            w0 -> Lora.on(w0, 2),
            w0 -> Pranc.on(w0, 13),
            w0 -> new Dense(1, w0))
        .map(method -> Arguments.of(method.apply(FrozenWeight.seeded()).method(), method));
  }

  private static AdapterPlan all(Function<FrozenWeight, Reparameterization> method) {
    return AdapterPlan.builder().adaptAll(method).updater(new Adam(0.02)).build();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void outputsAreTheBasesUntilTrained(
      String name, Function<FrozenWeight, Reparameterization> method) {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    ComputationGraph residual = TrainedNetworks.residual(FLOAT);
    INDArray x = images.getFeatures();
    assertSameBits(lenet.output(x), Adapters.wrap(lenet, all(method)).network().output(x));
    assertSameBits(
        residual.outputSingle(x), Adapters.wrap(residual, all(method)).network().outputSingle(x));
    AdapterPlan withOutput = AdapterPlan.builder().adapt("out", method).adaptAll(method).build();
    assertSameBits(lenet.output(x), Adapters.wrap(lenet, withOutput).network().output(x));
    assertSameBits(
        residual.outputSingle(x), Adapters.wrap(residual, withOutput).network().outputSingle(x));
    assertEquals(
        lenet.score(images),
        Adapters.wrap(lenet, withOutput).network().score(images),
        1e-6 * lenet.score(images));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void trainsMergesAndUnmerges(String name, Function<FrozenWeight, Reparameterization> method) {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(lenet, all(method));
    MultiLayerNetwork network = adapters.network();
    double before = network.score(images);
    for (int i = 0; i < 30; i++) {
      network.fit(images);
    }
    assertTrue(network.score(images) < 0.9 * before, name + " " + network.score(images));
    MultiLayerNetwork merged = adapters.merge();
    assertClose(network.output(images.getFeatures()), merged.output(images.getFeatures()));
    assertPlain(merged);
    assertTrue(TrainedNetworks.equalBits(lenet.paramTable(), adapters.unmerge().paramTable()));
    assertFalse(TrainedNetworks.equalBits(lenet.paramTable(), merged.paramTable()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void graphsTrainMergeAndUnmerge(String name, Function<FrozenWeight, Reparameterization> method) {
    ComputationGraph residual = TrainedNetworks.residual(FLOAT);
    AdapterPlan plan =
        AdapterPlan.builder().adapt("out", method).adaptAll(method).updater(new Adam(0.02)).build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(residual, plan);
    ComputationGraph network = adapters.network();
    double before = network.score(images);
    for (int i = 0; i < 30; i++) {
      network.fit(images);
    }
    assertTrue(network.score(images) < 0.9 * before, name + " " + network.score(images));
    ComputationGraph merged = adapters.merge();
    assertClose(
        network.outputSingle(images.getFeatures()), merged.outputSingle(images.getFeatures()));
    assertFalse(merged.getConfiguration().toJson().contains("nola4j"));
    assertTrue(TrainedNetworks.equalBits(residual.paramTable(), adapters.unmerge().paramTable()));
  }

  /** Early stopping copies the best model, frozen weights and all, and continues with the other. */
  @Test
  void earlyStoppingKeepsTheBest() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            lenet,
            AdapterPlan.builder()
                .adaptAll(w0 -> Nola.on(w0, 2, 11, 7))
                .updater(new Adam(0.3)) // soon too far
                .build());
    DataSetIterator batches = new ListDataSetIterator<>(List.of(images), images.numExamples());
    EarlyStoppingResult<MultiLayerNetwork> result =
        new EarlyStoppingTrainer(
                new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                    .epochTerminationConditions(new MaxEpochsTerminationCondition(12))
                    .scoreCalculator(new DataSetLossCalculator(batches, true))
                    .modelSaver(new InMemoryModelSaver<>())
                    .build(),
                adapters.network(),
                batches)
            .fit();
    assertEquals(
        EarlyStoppingResult.TerminationReason.EpochTerminationCondition,
        result.getTerminationReason());
    // getBestModelScore() is 0 after the last epoch, whatever the model.
    double least =
        result.getScoreVsEpoch().values().stream().mapToDouble(score -> score).min().orElseThrow();
    MultiLayerNetwork best = result.getBestModel();
    assertEquals(least, result.getScoreVsEpoch().get(result.getBestModelEpoch()));
    assertEquals(least, best.score(images), 1e-6);
    Adapter.of(best).applyTo(adapters.network());
    assertSameBits(
        best.output(images.getFeatures()), adapters.network().output(images.getFeatures()));
  }

  @Test
  void aThousandCyclesInPlaceLoseNothing() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(lenet, AdapterPlan.builder().adapt("fc", w0 -> Nola.on(w0, 1, 3, 3)).build());
    adapters.network().fit(images);
    MultiLayerNetwork target = lenet.clone();
    adapters.mergeInto(target);
    INDArray merged = target.params().dup();
    for (int i = 0; i < 1000; i++) {
      adapters.unmergeFrom(target);
      adapters.mergeInto(target);
    }
    assertSameBits(merged, target.params());
    adapters.unmergeFrom(target);
    assertSameBits(lenet.params(), target.params());
  }

  @Test
  void frozenNumbersAreNoParametersAndHaveNoUpdaterState() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            lenet,
            AdapterPlan.builder()
                .adapt("fc", w0 -> Nola.on(w0, 2, 11, 7))
                .updater(new Adam(0.01))
                .build());
    MultiLayerNetwork network = adapters.network();
    network.fit(images);
    long head = 9 * 3 + 3;
    assertEquals(11 + 7 + head, network.numParams());
    assertEquals(11 + 7 + head, network.gradient().gradient().length());
    assertEquals(2 * (11 + 7 + head), network.getUpdater().getStateViewArray().length());
    ParameterCount count = ParameterCount.of(network);
    assertEquals(11 + 7, count.coefficients());
    assertEquals(head, count.other());
    assertEquals(lenet.numParams() - head, count.frozen());
  }

  @Test
  void layersBelowAllTrainedOnesGetNoGradient() {
    ComputationGraph residual = TrainedNetworks.residual(FLOAT);
    Adapters<ComputationGraph> adapters =
        Adapters.wrap(residual, AdapterPlan.builder().adapt("conv2", w0 -> Lora.on(w0, 1)).build());
    INDArray x = images.getFeatures();
    assertSameBits(residual.outputSingle(x), adapters.network().outputSingle(x));
    double before = adapters.network().score(images);
    for (int i = 0; i < 20; i++) {
      adapters.network().fit(images);
    }
    assertTrue(adapters.network().score(images) < before);
    assertTrue(TrainedNetworks.equalBits(residual.paramTable(), adapters.unmerge().paramTable()));
  }

  @Test
  void adapterFilesMoveBetweenWrappings() throws IOException {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    AdapterPlan plan = AdapterPlan.nola(2, 10);
    Adapters<MultiLayerNetwork> first = Adapters.wrap(lenet, plan);
    first.network().fit(images);
    Adapter adapter = first.adapter();
    Adapters<MultiLayerNetwork> second = Adapters.wrap(lenet, plan);
    adapter.applyTo(second.network());
    INDArray x = images.getFeatures();
    assertSameBits(first.network().output(x), second.network().output(x));
    MultiLayerNetwork other = lenet.clone();
    other.getLayer(0).getParam("b").addi(1);
    Adapters<MultiLayerNetwork> third = Adapters.wrap(other, plan);
    assertThrows(AdapterMismatchException.class, () -> adapter.applyTo(third.network()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void anAdapterNeedsNoPlan(String name, Function<FrozenWeight, Reparameterization> method) {
    for (KernelView view : KernelView.values()) {
      AdapterPlan plan =
          AdapterPlan.builder()
              .adapt("conv2|out", method)
              .trainBatchNorm()
              .kernelView(view)
              .seed(77)
              .sharedBases()
              .updater(new Adam(0.02))
              .build();
      MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
      ComputationGraph residual = TrainedNetworks.residual(FLOAT);
      Adapters<MultiLayerNetwork> layers = Adapters.wrap(lenet, plan);
      Adapters<ComputationGraph> graph = Adapters.wrap(residual, plan);
      layers.network().fit(images);
      graph.network().fit(images);
      INDArray x = images.getFeatures();
      assertSameBits(
          layers.network().output(x), Adapters.wrap(lenet, layers.adapter()).network().output(x));
      assertSameBits(
          graph.network().outputSingle(x),
          Adapters.wrap(residual, graph.adapter()).network().outputSingle(x));
      lenet.getLayer(2).getParam("W").addi(0.1);
      String message =
          assertThrows(AdapterMismatchException.class, () -> Adapters.wrap(lenet, layers.adapter()))
              .getMessage();
      assertTrue(message.contains("layer \"conv2\", weight \"W\", w0.sha256"), message);
    }
  }

  @Test
  void adaptersGoToPeftAndBack() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> nola =
        Adapters.wrap(
            lenet, AdapterPlan.builder().adapt("fc|out", w0 -> Nola.on(w0, 2, 11, 7)).build());
    nola.network().fit(images);
    PeftAdapter peft = PeftAdapter.of(nola.adapter());
    AdapterPlan.Builder plan = AdapterPlan.builder();
    for (PeftModule module : peft.modules()) {
      plan.adapt(module.name(), ((PeftModule.LowRank) module)::method);
    }
    Adapters<MultiLayerNetwork> lora = Adapters.wrap(lenet, plan.build());
    peft.applyTo(lora.network());
    INDArray x = images.getFeatures();
    assertClose(nola.network().output(x), lora.network().output(x));
  }

  @Test
  void savedAndClonedModelsComeBack() throws IOException {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            lenet, AdapterPlan.builder().adapt("conv2|out", w0 -> Nola.on(w0, 2, 11, 7)).build());
    MultiLayerNetwork network = adapters.network();
    network.fit(images);
    INDArray x = images.getFeatures();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ModelSerializer.writeModel(network, bytes, true);
    MultiLayerNetwork restored =
        ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(bytes.toByteArray()));
    assertSameBits(network.output(x), restored.output(x));
    assertSameBits(network.output(x), network.clone().output(x));
    restored.fit(images);
    network.fit(images);
    assertSameBits(network.params(), restored.params());
  }

  @Test
  void dropoutOfAnAdaptedLayerWorksInTraining() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    lenet
        .getLayer(3)
        .conf()
        .getLayer()
        .setIDropout(new org.deeplearning4j.nn.conf.dropout.Dropout(0.5));
    MultiLayerNetwork adapted =
        Adapters.wrap(lenet, AdapterPlan.builder().adapt("fc", w0 -> Lora.on(w0, 2)).build())
            .network();
    INDArray x = images.getFeatures();
    assertSameBits(lenet.output(x), adapted.output(x));
    assertFalse(adapted.output(x, true).equalsWithEps(adapted.output(x), 1e-3));
    MultiLayerNetwork frozen =
        Adapters.wrap(lenet, AdapterPlan.builder().adapt("conv1", w0 -> Lora.on(w0, 2)).build())
            .network();
    assertSameBits(frozen.output(x), frozen.output(x, true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void coefficientsCanBeTrainedAsTheyAreStored(
      String name, Function<FrozenWeight, Reparameterization> method) {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(
            lenet,
            AdapterPlan.builder()
                .adaptAll(method)
                .coefficientBits(3)
                .updater(new Adam(0.02))
                .build());
    MultiLayerNetwork network = adapters.network();
    double before = network.score(images);
    for (int i = 0; i < 30; i++) {
      network.fit(images);
    }
    assertTrue(network.score(images) < before, name + " " + network.score(images));
    INDArray x = images.getFeatures();
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).bits(3).build();
    bank.put("task", adapters.adapter());
    assertSameBits(network.output(x), bank.output("task", x));
    assertClose(network.output(x), adapters.merge().output(x));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void fastConvolutionsAgreeUpToRounding(
      String name, Function<FrozenWeight, Reparameterization> method) {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    INDArray x = images.getFeatures();
    for (KernelView view : KernelView.values()) {
      for (String layers : List.of("conv.", "fc")) {
        AdapterPlan.Builder plan =
            AdapterPlan.builder().adapt(layers, method).kernelView(view).updater(new Sgd(0.01));
        Adapters<MultiLayerNetwork> exact = Adapters.wrap(lenet, plan.build());
        Adapters<MultiLayerNetwork> fast = Adapters.wrap(lenet, plan.fastConvolutions().build());
        assertClose(lenet.output(x), fast.network().output(x));
        for (int i = 0; i < 3; i++) {
          exact.network().fit(images);
          fast.network().fit(images);
        }
        assertClose(exact.network().params(), fast.network().params());
        assertClose(fast.network().output(x), fast.merge().output(x));
        assertTrue(TrainedNetworks.equalBits(lenet.paramTable(), fast.unmerge().paramTable()));
      }
    }
  }

  @Test
  void rulesMatchNamesIndicesAndTypes() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Function<FrozenWeight, Reparameterization> one = w0 -> Nola.on(w0, 1, 1, 1);
    assertEquals(2 + 30, trained(lenet, AdapterPlan.builder().adapt("fc", one).build()));
    assertEquals(2 + 30, trained(lenet, AdapterPlan.builder().adapt("3", one).build()));
    assertEquals(4 + 30, trained(lenet, AdapterPlan.builder().adapt("conv.", one).build()));
    assertEquals(
        4 + 30, trained(lenet, AdapterPlan.builder().adapt(ConvolutionLayer.class, one).build()));
    assertEquals(
        2 + 30, trained(lenet, AdapterPlan.builder().adapt(DenseLayer.class, one).build()));
    assertEquals(
        8,
        trained(lenet, AdapterPlan.builder().adapt(OutputLayer.class, one).adaptAll(one).build()));
    assertEquals(6, trained(lenet, AdapterPlan.builder().freeze("out").adaptAll(one).build()));
    assertEquals(2 * 4 * 9 + 4 + 30, trained(lenet, AdapterPlan.builder().train("conv1").build()));
  }

  private static long trained(MultiLayerNetwork base, AdapterPlan plan) {
    return Adapters.wrap(base, plan).network().numParams();
  }

  @Test
  void ratesOfAWrappedNetworkAreItsOwn() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    AdapterPlan plan =
        AdapterPlan.builder().adapt("fc", w0 -> Nola.on(w0, 1, 1, 1)).train("out").build();
    MultiLayerNetwork wrapped = Adapters.wrap(lenet, plan).network();
    MultiLayerNetwork other = Adapters.wrap(lenet, plan).network();
    LearningRates.set(wrapped, 1e-6);
    assertEquals(1e-6, rate(wrapped.getLayer(4)));
    assertEquals(0.1, rate(other.getLayer(4)));
    assertEquals(0.1, rate(lenet.getLayer(4)));
    assertEquals(0.1, rate(lenet.getLayer(3)));
  }

  @Test
  void weightsThatAreRoundedInEveryPassAreWrappedAsRounded() {
    MultiLayerNetwork rounded =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new NolaDense.Builder()
                        .name("rounded")
                        .nIn(4)
                        .nOut(3)
                        .coefficientBits(4)
                        .reparameterization(new Dense())
                        .build())
                .layer(new OutputLayer.Builder().nIn(3).nOut(2).build())
                .build());
    rounded.init();
    INDArray x = Nd4j.rand(DataType.FLOAT, 5, 4);
    INDArray before = rounded.output(x);
    MultiLayerNetwork wrapped =
        Adapters.wrap(rounded, AdapterPlan.builder().adapt("rounded", w0 -> Lora.on(w0, 1)).build())
            .network();
    assertArrayEquals(before.data().asFloat(), wrapped.output(x).data().asFloat(), 1e-6f);
  }

  /** A plan's updater is for biases too, and no rate of the wrapped network is the base's. */
  @Test
  void biasesHaveThePlansUpdater() {
    NolaDense layer =
        new NolaDense.Builder().name("own").nIn(4).nOut(3).reparameterization(new Dense()).build();
    layer.setBiasUpdater(new Sgd(0.5));
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(layer)
                .layer(new OutputLayer.Builder().nIn(3).nOut(2).build())
                .build());
    base.init();
    AdapterPlan.Builder plan = AdapterPlan.builder().train("own");
    NolaDense kept =
        (NolaDense) Adapters.wrap(base, plan.build()).network().getLayer(0).conf().getLayer();
    assertEquals(layer.getBiasUpdater(), kept.getBiasUpdater());
    assertNotSame(layer.getBiasUpdater(), kept.getBiasUpdater());
    NolaDense planned =
        (NolaDense)
            Adapters.wrap(base, plan.updater(new Adam(0.01)).build())
                .network()
                .getLayer(0)
                .conf()
                .getLayer();
    assertNull(planned.getBiasUpdater());
  }

  private static double rate(org.deeplearning4j.nn.api.Layer layer) {
    return ((BaseLayer) layer.conf().getLayer()).getIUpdater().getLearningRate(0, 0);
  }

  @Test
  void frozenLayersOfOtherNumbersAreNotEqual() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    AdapterPlan plan = AdapterPlan.builder().adapt("conv1", w0 -> Nola.on(w0, 1, 1, 1)).build();
    Layer one = Adapters.wrap(lenet, plan).network().getLayer(3).conf().getLayer();
    Layer same = Adapters.wrap(lenet, plan).network().getLayer(3).conf().getLayer();
    lenet.getLayer(3).getParam("b").addi(1);
    Layer another = Adapters.wrap(lenet, plan).network().getLayer(3).conf().getLayer();
    assertEquals(one, same);
    assertNotEquals(one, another);
  }

  @Test
  void equalShapesShareBasesIfWanted() {
    ComputationGraph residual = TrainedNetworks.residual(FLOAT);
    Function<FrozenWeight, Reparameterization> method = w0 -> Nola.on(w0, 1, 2, 2);
    Adapter separate =
        Adapters.wrap(residual, AdapterPlan.builder().adapt("conv2|fc", method).build()).adapter();
    Adapter shared =
        Adapters.wrap(
                residual, AdapterPlan.builder().adapt("conv2|fc", method).sharedBases().build())
            .adapter();
    assertEquals(
        2, separate.layers().stream().map(l -> l.seed()).filter(s -> s != null).distinct().count());
    assertEquals(
        2, shared.layers().stream().map(l -> l.seed()).filter(s -> s != null).distinct().count());
  }

  @Test
  void mistakesAreNamed() {
    MultiLayerNetwork lenet = TrainedNetworks.lenet(FLOAT);
    Function<FrozenWeight, Reparameterization> one = w0 -> Nola.on(w0, 1, 1, 1);
    assertMessage(
        "the plan's rule for the name dense matches none of the network's layers, which are"
            + " [\"conv1\" (ConvolutionLayer), \"pool\" (SubsamplingLayer), \"conv2\""
            + " (ConvolutionLayer), \"fc\" (DenseLayer), \"out\" (OutputLayer)]",
        lenet,
        AdapterPlan.builder().adapt("dense", one).build());
    assertMessage(
        "layer \"pool\" (SubsamplingLayer) cannot have an adapter: it has no weight that is a"
            + " matrix; train or freeze it",
        lenet,
        AdapterPlan.builder().adapt("pool", one).build());
    assertMessage(
        "the plan neither adapts nor trains any layer: add a rule with adapt or train, or call"
            + " trainNothing() for a network that only computes",
        lenet,
        AdapterPlan.builder().freeze("out").build());
    MultiLayerNetwork uneven = TrainedNetworks.lenet(DataType.DOUBLE);
    uneven.params().addi(1e-12);
    assertMessage(
        "which is not float32, but frozen weights are kept as float32: convert the network"
            + " to DataType.FLOAT first",
        uneven,
        AdapterPlan.builder().adapt("fc", one).build());
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(lenet, AdapterPlan.builder().adapt("fc", one).build());
    MultiLayerNetwork other =
        Adapters.wrap(lenet, AdapterPlan.builder().adapt("fc", one).build()).network();
    assertThrows(IllegalArgumentException.class, () -> adapters.mergeInto(other));
  }

  /** Finite factors, as of a training that is about to diverge, with an infinite product. */
  @Test
  void resultsAreFinite() {
    MultiLayerNetwork base = TrainedNetworks.lenet(FLOAT);
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(base, all(w0 -> Lora.on(w0, 2)));
    adapters.network().getParam("3_A").assign(1e25);
    adapters.network().getParam("3_B").assign(1e25);
    MultiLayerNetwork target = base.clone();
    INDArray before = target.params().dup();
    for (Executable merge :
        List.<Executable>of(adapters::merge, () -> adapters.mergeInto(target))) {
      String message = assertThrows(ArithmeticException.class, merge).getMessage();
      assertTrue(
          message.startsWith("layer \"fc\", weight \"W\" would have Infinity at 0"), message);
    }
    assertEquals(before, target.params());
    adapters.unmergeFrom(target);
    base.getParam("0_b").putScalar(2, Float.NaN);
    Adapters<MultiLayerNetwork> broken = Adapters.wrap(base, all(w0 -> Lora.on(w0, 2)));
    String message = assertThrows(ArithmeticException.class, broken::unmerge).getMessage();
    assertTrue(message.startsWith("layer \"conv1\", parameter \"b\": 1 of 4 numbers"), message);
    assertThrows(ArithmeticException.class, () -> broken.unmergeFrom(target));
    assertEquals(before, target.params());
  }

  private static void assertMessage(String end, MultiLayerNetwork network, AdapterPlan plan) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Adapters.wrap(network, plan))
            .getMessage();
    assertTrue(message.endsWith(end), message);
  }

  private static void assertPlain(MultiLayerNetwork network) {
    List.of(network.getLayers())
        .forEach(
            layer -> {
              assertTrue(layer.getClass().getName().startsWith("org.deeplearning4j."));
              assertTrue(
                  layer.conf().getLayer().getClass().getName().startsWith("org.deeplearning4j."));
            });
    assertFalse(network.getLayerWiseConfigurations().toJson().contains("nola4j"));
  }

  private static void assertSameBits(INDArray expected, INDArray actual) {
    assertArrayEquals(expected.dup('c').data().asFloat(), actual.dup('c').data().asFloat());
  }

  private static void assertClose(INDArray expected, INDArray actual) {
    double difference = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(difference <= 1e-6 * expected.amaxNumber().doubleValue(), "" + difference);
  }
}
