// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.adapter.Precision;
import org.nola4j.layers.Bias;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;

/** Networks that were wrapped are wrapped once more: adapters over adapters. */
@Tag("slow")
class RewrappingTest {
  private static final DataSet IMAGES = TrainedNetworks.images(6, 1, DataType.FLOAT);

  @TempDir private Path folder;

  static Collection<String> types() {
    return LayerCases.adapted().keySet();
  }

  private static AdapterPlan first(String layers) {
    return AdapterPlan.builder()
        .adapt(layers, w0 -> Lora.on(w0, 1))
        .updater(new Sgd(0.1))
        .seed(11)
        .build();
  }

  private static AdapterPlan second(String layers) {
    return AdapterPlan.builder()
        .adapt(layers, w0 -> Nola.on(w0, 1, 4, 5))
        .updater(new Sgd(0.1))
        .build();
  }

  private static MultiLayerNetwork adapted(MultiLayerNetwork base, AdapterPlan plan) {
    MultiLayerNetwork network = Adapters.wrap(base, plan).network();
    TrainedNetworks.perturb(network.params());
    return network;
  }

  /** Adapters on layer x of every type, over an adapter and over a frozen layer. */
  @ParameterizedTest
  @MethodSource("types")
  void everyLayerTypeTakesASecondAdapter(String type) {
    LayerCases.Case each = LayerCases.adapted().get(type);
    MultiLayerNetwork base = each.network(DataType.FLOAT);
    INDArray x = each.features(DataType.FLOAT);
    DataSet data = each.data(base, DataType.FLOAT);
    MultiLayerNetwork once = adapted(base, first("x"));
    for (String layers : each.below() ? List.of("x", "below", "x|below") : List.of("x")) {
      Adapters<MultiLayerNetwork> twice = Adapters.wrap(once, second(layers));
      assertSame(once.output(x), twice.network().output(x));
      assertSame(once.output(x, true), twice.network().output(x, true));
      TrainedNetworks.perturb(twice.network().params());
      twice.network().fit(data);
      INDArray adapted = twice.network().output(x);
      assertTrue(adapted.sub(once.output(x)).norm2Number().doubleValue() > 0);
      MultiLayerNetwork merged = twice.merge();
      assertTrue(adapted.equalsWithEps(merged.output(x), 1e-5));
      assertPlain(merged, base);
      assertSame(once.params(), twice.unmerge().params());
      assertSame(once.output(x), twice.unmerge().output(x));
      assertSame(adapted, Adapters.wrap(once, twice.adapter()).network().output(x));
      assertSame(adapted, twice.network().clone().output(x));
      twice.disable();
      assertSame(once.output(x), twice.network().output(x));
      twice.enable();
      assertSame(adapted, twice.network().output(x));
    }
  }

  private static void assertPlain(MultiLayerNetwork merged, MultiLayerNetwork base) {
    assertEquals(base.paramTable().keySet(), merged.paramTable().keySet());
    for (int i = 0; i < base.getnLayers(); i++) {
      assertEquals(
          base.getLayer(i).conf().getLayer().getClass(),
          merged.getLayer(i).conf().getLayer().getClass());
    }
  }

  /** Methods of low rank and others, convolutions, a split output layer, thrice. */
  @Test
  void adaptersAreStackedThrice() {
    INDArray x = IMAGES.getFeatures();
    MultiLayerNetwork base = TrainedNetworks.lenet(DataType.FLOAT);
    MultiLayerNetwork once = adapted(base, first("conv1|fc|out"));
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("conv1|conv2|fc|out", w0 -> Pranc.on(w0, 6))
            .updater(new Sgd(0.1))
            .build();
    MultiLayerNetwork twice = adapted(once, plan);
    Adapters<MultiLayerNetwork> thrice = Adapters.wrap(twice, second("conv1|fc|out"));
    assertSame(twice.output(x), thrice.network().output(x));
    TrainedNetworks.perturb(thrice.network().params());
    thrice.network().fit(IMAGES);
    MultiLayerNetwork merged = thrice.merge();
    assertTrue(thrice.network().output(x).equalsWithEps(merged.output(x), 1e-5));
    assertPlain(merged, base);
    INDArray change =
        merged.getParam("3_W").sub(Adapters.wrap(twice, first("fc")).merge().getParam("3_W"));
    assertTrue(change.equalsWithEps(thrice.delta("fc").get("W"), 1e-5));
    thrice.mergeInto(base);
    assertSame(merged.params(), base.params());
    thrice.unmergeFrom(twice);
    assertEquals("AdaptedAdaptedAdaptedOutputLayer", thrice.adapter().layers().get(2).type());
  }

  @Test
  void fastConvolutionsStayFast() {
    AdapterPlan fast =
        AdapterPlan.builder()
            .adapt("conv1", w0 -> Lora.on(w0, 1))
            .adapt("out", w0 -> Lora.on(w0, 1))
            .fastConvolutions()
            .build();
    MultiLayerNetwork once = adapted(TrainedNetworks.lenet(DataType.FLOAT), fast);
    Adapters<MultiLayerNetwork> twice = Adapters.wrap(once, second("conv1|conv2"));
    assertSame(once.output(IMAGES.getFeatures()), twice.network().output(IMAGES.getFeatures()));
    assertTrue(
        once.output(IMAGES.getFeatures())
            .equalsWithEps(twice.merge().output(IMAGES.getFeatures()), 1e-5));
  }

  /** What the first wrapping froze may be trained by the second. */
  @Test
  void frozenLayersAreTrained() {
    INDArray x = IMAGES.getFeatures();
    AdapterPlan freezing =
        AdapterPlan.builder().adapt("fc", w0 -> Lora.on(w0, 1)).freeze("out").build();
    MultiLayerNetwork once = adapted(TrainedNetworks.lenet(DataType.FLOAT), freezing);
    AdapterPlan training = AdapterPlan.builder().train("conv2|out").updater(new Sgd(0.1)).build();
    Adapters<MultiLayerNetwork> twice = Adapters.wrap(once, training);
    assertSame(once.output(x), twice.network().output(x));
    twice.network().fit(IMAGES);
    assertNotEquals(once.output(x), twice.network().output(x));
    assertTrue(twice.network().output(x).equalsWithEps(twice.merge().output(x), 1e-5));
    assertSame(once.output(x), twice.unmerge().output(x));
    assertTrue(twice.delta("out").get("W").norm2Number().doubleValue() > 0);
    assertEquals(0, twice.delta("fc").get("W").norm2Number().doubleValue());
  }

  @Test
  void graphsAreWrappedTwice() throws Exception {
    for (String layers : List.of("conv1|fc", "conv2|fc|out", "out")) {
      ComputationGraph base = TrainedNetworks.residual(DataType.FLOAT);
      ComputationGraph once = Adapters.wrap(base, first(layers)).network();
      TrainedNetworks.perturb(once.params());
      String again = layers.replace("out", "out-linear");
      assertRewrapped(base, once, again + "|conv2", IMAGES.getFeatures());
    }
  }

  @Test
  void attentionOfAWrappedGraphStays() throws Exception {
    ComputationGraph base =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(5)
                .weightInit(WeightInit.XAVIER)
                .graphBuilder()
                .addInputs("in")
                .addLayer("below", new SimpleRnn.Builder().nOut(4).build(), "in")
                .addVertex(
                    "attention",
                    new AttentionVertex.Builder()
                        .nInKeys(4)
                        .nInValues(4)
                        .nInQueries(4)
                        .nOut(4)
                        .nHeads(2)
                        .headSize(2)
                        .projectInput(true)
                        .weightInit(WeightInit.XAVIER)
                        .build(),
                    "below",
                    "below",
                    "below")
                .addLayer("fc", new DenseLayer.Builder().nOut(4).build(), "attention")
                .addLayer(
                    "out",
                    new RnnOutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(),
                    "fc")
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(4, 5))
                .build());
    base.init();
    Nd4j.getRandom().setSeed(2);
    INDArray x = Nd4j.randn(DataType.FLOAT, 3, 4, 5);
    for (String layer : List.of("fc", "below")) {
      ComputationGraph once = Adapters.wrap(base, first(layer)).network();
      TrainedNetworks.perturb(once.params());
      assertRewrapped(base, once, "fc|below", x);
    }
    ComputationGraph trained =
        Adapters.wrap(base, AdapterPlan.builder().train("attention").build()).network();
    assertRewrapped(base, trained, "fc", x);
  }

  private void assertRewrapped(
      ComputationGraph base, ComputationGraph once, String layers, INDArray x) throws Exception {
    Adapters<ComputationGraph> twice = Adapters.wrap(once, second(layers));
    assertSame(once.outputSingle(x), twice.network().outputSingle(x));
    TrainedNetworks.perturb(twice.network().params());
    INDArray adapted = twice.network().outputSingle(x);
    ComputationGraph merged = twice.merge();
    assertTrue(adapted.equalsWithEps(merged.outputSingle(x), 1e-5));
    assertEquals(base.paramTable().keySet(), merged.paramTable().keySet());
    assertSame(once.outputSingle(x), twice.unmerge().outputSingle(x));
    assertTrue(TrainedNetworks.equalBits(once.paramTable(), twice.unmerge().paramTable()));
    Path file = folder.resolve("second.safetensors");
    twice.adapter().write(file, Precision.F32);
    assertSame(adapted, Adapters.wrap(once, Adapter.read(file)).network().outputSingle(x));
  }

  /** A second adapter says so, and does not fit where the first one is missing. */
  @Test
  void filesSayWhichLevelTheyAreOf() {
    MultiLayerNetwork base = TrainedNetworks.lenet(DataType.FLOAT);
    MultiLayerNetwork once = adapted(base, first("conv1|fc"));
    Adapter second = Adapters.wrap(once, second("conv1|conv2|fc")).adapter();
    assertEquals(
        List.of(
            "AdaptedAdaptedConvolutionLayer",
            "AdaptedConvolutionLayer",
            "AdaptedAdaptedDenseLayer"),
        second.layers().subList(0, 3).stream().map(layer -> layer.type()).toList());
    AdapterMismatchException e =
        assertThrows(AdapterMismatchException.class, () -> Adapters.wrap(base, second));
    assertTrue(
        e.getMessage().contains("AdaptedAdaptedConvolutionLayer (adapter)")
            && e.getMessage().contains("AdaptedConvolutionLayer (network)"),
        e.getMessage());
    MultiLayerNetwork other = adapted(base, first("conv1|fc"));
    other.params().muli(2);
    assertThrows(AdapterMismatchException.class, () -> Adapters.wrap(other, second));
  }

  @Test
  void whatCannotBeTwiceIsRefusedByName() {
    MultiLayerNetwork once = adapted(TrainedNetworks.lenet(DataType.FLOAT), first("conv1|fc"));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Adapters.wrap(once, AdapterPlan.builder().train("fc").build()))
            .getMessage();
    assertTrue(message.startsWith("layer \"fc\" (DenseLayer) has an adapter already"), message);
    ComputationGraph ours =
        Adapters.wrap(TrainedNetworks.ours(DataType.FLOAT), first("conv1")).network();
    for (String layer : List.of("conv1", "conv2")) {
      AdapterPlan plan = AdapterPlan.builder().train(layer).build();
      String own =
          assertThrows(IllegalArgumentException.class, () -> Adapters.wrap(ours, plan), layer)
              .getMessage();
      assertTrue(own.startsWith("layer \"" + layer + "\" (") && own.contains("merge()"), own);
    }
  }

  /** This library's own: what the adapters below make of W is the W0 of those above. */
  @Test
  void ownLayersTakeASecondAdapter() throws Exception {
    INDArray x = TrainedNetworks.channelsLast(IMAGES).getFeatures();
    ComputationGraph base = TrainedNetworks.ours(DataType.FLOAT);
    for (List<String> levels :
        List.of(
            List.of("conv1", "conv1|conv2"),
            List.of("conv2", "conv1"), // the gradient goes through what had none
            List.of("out", "conv1"),
            List.of("conv1|conv2", "conv2"))) {
      ComputationGraph once = Adapters.wrap(base, first(levels.get(0))).network();
      TrainedNetworks.perturb(once.params());
      Adapters<ComputationGraph> twice = Adapters.wrap(once, second(levels.get(1)));
      assertTrue(once.outputSingle(x).equalsWithEps(twice.network().outputSingle(x), 1e-5));
      TrainedNetworks.perturb(twice.network().params());
      for (int i = 0; i < 3; i++) {
        twice.network().fit(TrainedNetworks.channelsLast(IMAGES));
      }
      INDArray adapted = twice.network().outputSingle(x);
      assertFalse(once.outputSingle(x).equalsWithEps(adapted, 1e-4));
      ComputationGraph merged = twice.merge();
      assertTrue(adapted.equalsWithEps(merged.outputSingle(x), 1e-5));
      assertEquals(base.paramTable().keySet(), merged.paramTable().keySet());
      INDArray change = merged.getParam("conv1_W").sub(base.getParam("conv1_W"));
      Adapters<ComputationGraph> first = Adapters.wrap(base, first(levels.get(0)));
      first.network().setParams(once.params());
      INDArray sum =
          first.delta("conv1").get("W").add(twice.delta("conv1").get("W")).reshape(change.shape());
      assertTrue(change.equalsWithEps(sum, 1e-5));
      assertSame(once.outputSingle(x), twice.unmerge().outputSingle(x));
      Path file = folder.resolve("own.safetensors");
      twice.adapter().write(file, Precision.F32);
      assertSame(adapted, Adapters.wrap(once, Adapter.read(file)).network().outputSingle(x));
      if (levels.get(1).contains(levels.get(0))) { // the layer below has an adapter
        assertThrows(AdapterMismatchException.class, () -> Adapters.wrap(base, Adapter.read(file)));
      }
      assertSame(adapted, twice.network().clone().outputSingle(x));
      twice.disable();
      assertTrue(once.outputSingle(x).equalsWithEps(twice.network().outputSingle(x), 1e-5));
    }
  }

  /** A network of coefficients is a trained network too, tied ones included. */
  @Test
  void coefficientsOfANewNetworkAreABase() {
    Pranc pranc = Pranc.scratch(20);
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(5)
                .activation(Activation.TANH)
                .updater(new Sgd(0.1))
                .list()
                .layer(dense("first").reparameterization(pranc).build())
                .layer(dense("second").reparameterization(pranc).tiedTo("first").build())
                .layer(
                    dense("third")
                        .reparameterization(Nola.on(FrozenWeight.seeded(), 2, 5, 5))
                        .coefficientBits(4)
                        .bias(Bias.FOLDED)
                        .build())
                .layer(
                    new OutputLayer.Builder()
                        .name("out")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(6))
                .build());
    base.init();
    INDArray x = Nd4j.rand(DataType.FLOAT, 5, 6);
    DataSet data = new DataSet(x, Nd4j.eye(5).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 3)));
    TrainedNetworks.perturb(base.params());
    for (String layers : List.of("first|third", "second", "out")) {
      Adapters<MultiLayerNetwork> adapters = Adapters.wrap(base, second(layers));
      assertTrue(base.output(x).equalsWithEps(adapters.network().output(x), 1e-5));
      TrainedNetworks.perturb(adapters.network().params());
      adapters.network().fit(data);
      INDArray adapted = adapters.network().output(x);
      assertFalse(base.output(x).equalsWithEps(adapted, 1e-4));
      MultiLayerNetwork merged = adapters.merge();
      assertTrue(adapted.equalsWithEps(merged.output(x), 1e-5));
      assertEquals(6 * 7 + 2 * 7 * 6 + 6 * 3 + 3, merged.numParams());
      assertSame(base.params(), adapters.unmerge().params());
    }
    AdapterPlan training =
        AdapterPlan.builder().train("third").freeze("out").updater(new Sgd(0.1)).build();
    Adapters<MultiLayerNetwork> third = Adapters.wrap(base, training);
    third.network().fit(data);
    assertEquals(10, third.network().numParams());
    assertTrue(third.network().output(x).equalsWithEps(third.merge().output(x), 1e-5));
  }

  private static NolaDense.Builder dense(String name) {
    return new NolaDense.Builder().name(name).nOut(6);
  }

  /** With numbers whose products are float32, which frozen weights have to be. */
  @Test
  void gradientsGoThroughBothAdapters() {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    try {
      MultiLayerNetwork base = TrainedNetworks.lenet(DataType.DOUBLE);
      round(base.params(), 1024);
      AdapterPlan plan = AdapterPlan.builder().adapt("conv1|fc|out", w0 -> Lora.on(w0, 1)).build();
      MultiLayerNetwork once = adapted(base, plan);
      round(once.params(), 32);
      AdapterPlan checked =
          AdapterPlan.builder()
              .adapt("conv1|out", w0 -> Nola.on(w0, 1, 3, 3))
              .train("conv2")
              .updater(new NoOp())
              .build();
      MultiLayerNetwork twice = adapted(once, checked);
      DataSet data = TrainedNetworks.images(4, 1, DataType.DOUBLE);
      assertTrue(
          GradientCheckUtil.checkGradients(
              new GradientCheckUtil.MLNConfig()
                  .net(twice)
                  .epsilon(1e-6)
                  .maxRelError(1e-4)
                  .minAbsoluteError(1e-8)
                  .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                  .input(data.getFeatures())
                  .labels(data.getLabels())));
    } finally {
      Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }
  }

  private static void round(INDArray numbers, int steps) {
    numbers.assign(org.nd4j.linalg.ops.transforms.Transforms.round(numbers.mul(steps)).div(steps));
  }

  @Test
  void configurationsAreReadAgain() {
    MultiLayerNetwork once = adapted(TrainedNetworks.lenet(DataType.FLOAT), first("conv1|fc"));
    MultiLayerNetwork twice = adapted(once, second("conv1|fc"));
    String json = twice.getLayerWiseConfigurations().toJson();
    MultiLayerNetwork again =
        new MultiLayerNetwork(org.deeplearning4j.nn.conf.MultiLayerConfiguration.fromJson(json));
    again.init();
    again.setParams(twice.params());
    assertSame(twice.output(IMAGES.getFeatures()), again.output(IMAGES.getFeatures()));
  }

  private static void assertSame(INDArray expected, INDArray actual) {
    assertTrue(
        expected.equalsWithEps(actual, 0),
        () -> "differ by up to " + expected.sub(actual).amaxNumber());
  }
}
