// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nola4j.network.LearningRates;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transformer.PatchEmbedding;
import org.nola4j.transformer.TokenPooling;
import org.nola4j.transformer.TransformerBlock;

/** Settings of networks and layers: each applied as DL4J's own layers do, or refused by name. */
class NetworkSettingsTest {
  private static final INDArray X = Nd4j.linspace(-1, 1, 30).castTo(Nd4j.dataType()).reshape(6, 5);
  private static final INDArray Y = Nd4j.vstack(Nd4j.eye(3), Nd4j.eye(3));

  private static NeuralNetConfiguration.Builder settings() {
    return new NeuralNetConfiguration.Builder().seed(5).updater(new Sgd(0.1));
  }

  private static OutputLayer.Builder output() {
    return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX);
  }

  private static MultiLayerNetwork network(NeuralNetConfiguration.Builder settings, Layer first) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            settings
                .list()
                .layer(first)
                .layer(output().build())
                .setInputType(InputType.feedForward(5))
                .build());
    network.init();
    return network;
  }

  private static NolaDense.Builder ours() {
    return new NolaDense.Builder().nOut(8);
  }

  private static NolaDense.Builder plain() {
    return ours().reparameterization(new Dense());
  }

  private static String refusal(org.junit.jupiter.api.function.Executable action) {
    String message = assertThrows(IllegalArgumentException.class, action).getMessage();
    assertTrue(message.contains("NolaDense"), message);
    return message;
  }

  // ------------------------------------------------------------------------------- convolutions

  @ParameterizedTest
  @EnumSource(names = {"Truncate", "Strict", "Same"})
  void convolutionModeOfTheNetworkReachesConvolutions(ConvolutionMode mode) {
    List<long[]> shapes = new ArrayList<>();
    for (Layer layer :
        List.of(
            new ConvolutionLayer.Builder(3, 3).nOut(4).build(),
            new NolaConv.Builder(3).nOut(4).reparameterization(new Dense()).build())) {
      MultiLayerNetwork network =
          new MultiLayerNetwork(
              settings()
                  .convolutionMode(mode)
                  .list()
                  .layer(layer)
                  .layer(output().build())
                  .setInputType(InputType.convolutional(8, 8, 1))
                  .build());
      network.init();
      shapes.add(network.feedForward(Nd4j.rand(2, 1, 8, 8)).get(1).shape());
    }
    assertArrayEquals(shapes.get(0), shapes.get(1));
  }

  @Test
  void convolutionModeOfTheLayerComesFirst() {
    NolaConv conv =
        new NolaConv.Builder(3).nOut(4).convolutionMode(ConvolutionMode.Truncate).build();
    settings().convolutionMode(ConvolutionMode.Same).layer(conv).build();
    assertEquals(ConvolutionMode.Truncate, conv.getConvolutionMode());
  }

  @Test
  void convolutionModeOfAGraphReachesConvolutions() {
    NolaConv conv = new NolaConv.Builder(3).nOut(4).build();
    ComputationGraph graph =
        new ComputationGraph(
            settings()
                .convolutionMode(ConvolutionMode.Same)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(8, 8, 1))
                .addLayer("conv", conv, "in")
                .addLayer("out", output().build(), "conv")
                .setOutputs("out")
                .build());
    graph.init();
    assertEquals(4 * 8 * 8 * 3 + 3, graph.getLayer("out").numParams());
  }

  @Test
  void causalConvolutionIsRefusedWhereverItComesFrom() {
    NeuralNetConfiguration.Builder causal =
        settings()
            .convolutionMode(ConvolutionMode.Causal)
            .layer(new NolaConv.Builder(3).name("c").nOut(4).build());
    String message = assertThrows(IllegalArgumentException.class, causal::build).getMessage();
    assertTrue(message.contains("NolaConv \"c\""), message);
  }

  // -------------------------------------------------------------------------------- constraints

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void constraintsOnWeightsHold(boolean ofNetwork) {
    MaxNormConstraint limit = new MaxNormConstraint(0.1, 0);
    for (Layer first :
        ofNetwork
            ? List.of(new DenseLayer.Builder().nOut(8).build(), plain().build())
            : List.of(
                new DenseLayer.Builder().nOut(8).constrainWeights(limit).build(),
                plain().constrainWeights(limit).build())) {
      MultiLayerNetwork network =
          network(ofNetwork ? settings().constrainWeights(limit) : settings(), first);
      network.fit(X, Y);
      double norm = network.getParam("0_W").norm2(0).maxNumber().doubleValue();
      assertEquals(0.1, norm, 1e-4, first.getClass().getSimpleName());
    }
  }

  @Test
  void constraintsOnBiasesHoldForEveryMethod() {
    MaxNormConstraint limit = new MaxNormConstraint(1e-3, 1);
    for (NolaDense.Builder builder : List.of(ours(), plain())) {
      MultiLayerNetwork network =
          network(
              settings().updater(new Sgd(10)),
              builder.constrainBias(limit).activation(Activation.TANH).build());
      network.fit(X, Y);
      assertEquals(1e-3, network.getParam("0_b").norm2Number().doubleValue(), 1e-5);
    }
  }

  @Test
  void constraintsOnAllParametersHold() {
    MultiLayerNetwork network =
        network(settings(), plain().constrainAllParameters(new MaxNormConstraint(0.1, 0)).build());
    LayerConstraint constraint = network.getLayer(0).conf().getLayer().getConstraints().get(0);
    assertEquals(java.util.Set.of("W", "b"), constraint.getParams());
  }

  @Test
  void constraintsOnWhatIsNoParameterAreRefused() {
    MaxNormConstraint limit = new MaxNormConstraint(0.1, 0);
    String message = refusal(() -> ours().name("d").constrainWeights(limit).build());
    assertTrue(message.contains("MaxNormConstraint") && message.contains("alpha"), message);
    refusal(() -> ours().constrainAllParameters(limit).build());
    refusal(
        () ->
            ours()
                .reparameterization(Lora.on(FrozenWeight.seeded(), 2))
                .constrainWeights(limit)
                .build());
    refusal(() -> network(settings().constrainWeights(limit), ours().build()));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new NolaConv.Builder(3)
                .nOut(4)
                .reparameterization(new Dense())
                .constrainWeights(new MaxNormConstraint(1, 1, 2, 3))
                .build());
  }

  @Test
  void constraintsKnowTheParametersOfTransformersBeforeTheirSize() {
    MaxNormConstraint limit = new MaxNormConstraint(1, 1);
    assertEquals(
        List.of("b", "cls", "pos"),
        sorted(new PatchEmbedding.Builder().nOut(8).constrainBias(limit).build().getConstraints()));
    assertEquals(
        List.of("beta", "gamma"),
        sorted(new TokenPooling.Builder().constrainBias(limit).build().getConstraints()));
    assertEquals(
        10,
        sorted(
                new TransformerBlock.Builder()
                    .heads(3)
                    .constrainBias(limit)
                    .build()
                    .getConstraints())
            .size());
  }

  private static List<String> sorted(List<LayerConstraint> constraints) {
    return constraints.get(0).getParams().stream().sorted().toList();
  }

  // ------------------------------------------------------------------------------- weight noise

  @Test
  void weightNoiseIsRefused() {
    for (IWeightNoise noise :
        List.of(
            new DropConnect(0.5),
            new WeightNoise(
                new org.deeplearning4j.nn.conf.distribution.NormalDistribution(0, 1)))) {
      assertTrue(
          refusal(() -> ours().name("d").weightNoise(noise).build()).contains("\"d\" does not"));
      refusal(() -> network(settings().weightNoise(noise), ours().build()));
      refusal(() -> network(settings().weightNoise(noise), plain().build()));
    }
  }

  @Test
  void layersWithoutWeightsMayBeInANoisyNetwork() {
    settings().weightNoise(new DropConnect(0.5)).layer(new TokenPooling.Builder().build()).build();
  }

  // ------------------------------------------------------------------------- what is not shared

  @Test
  void updatersBelongToOneLayer() {
    Sgd mine = new Sgd(0.1);
    Sgd ofBiases = new Sgd(0.2);
    for (boolean ofNetwork : new boolean[] {true, false}) {
      List<MultiLayerNetwork> networks = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        networks.add(
            ofNetwork
                ? network(settings().updater(mine).biasUpdater(ofBiases), ours().build())
                : network(settings(), ours().updater(mine).biasUpdater(ofBiases).build()));
      }
      LearningRates.set(networks.get(0), 0);
      INDArray before = networks.get(0).getLayer(0).params().dup();
      INDArray others = networks.get(1).getLayer(0).params().dup();
      networks.forEach(network -> network.fit(X, Y));
      assertEquals(before, networks.get(0).getLayer(0).params());
      assertNotEquals(others, networks.get(1).getLayer(0).params());
      assertEquals(0.1, mine.getLearningRate());
      assertEquals(0.2, ofBiases.getLearningRate());
    }
  }

  /** DL4J's own layers keep the object that their builder was given. */
  @Test
  void ratesOfOtherNetworksStayWithLayersOfDl4jToo() {
    Sgd mine = new Sgd(0.1);
    Layer[] layers = new Layer[2];
    for (int i = 0; i < 2; i++) {
      layers[i] = new DenseLayer.Builder().nOut(8).updater(mine).build();
    }
    MultiLayerNetwork still = network(settings(), layers[0]);
    MultiLayerNetwork other = network(settings(), layers[1]);
    LearningRates.set(still, 0);
    INDArray before = still.params().dup();
    INDArray others = other.getLayer(0).params().dup();
    still.fit(X, Y);
    other.fit(X, Y);
    assertEquals(before, still.params());
    assertNotEquals(others, other.getLayer(0).params());
    assertEquals(0.1, mine.getLearningRate());
  }

  @Test
  void adamGoesOnFromItsStateAfterARateWasSet() {
    MultiLayerNetwork set = network(settings().updater(new Adam(0.1)), ours().build());
    MultiLayerNetwork unchanged = network(settings().updater(new Adam(0.1)), ours().build());
    for (int step = 0; step < 3; step++) {
      LearningRates.set(set, 0.1);
      set.fit(X, Y);
      unchanged.fit(X, Y);
    }
    assertEquals(unchanged.params(), set.params());
  }

  @Test
  void dl4jsOwnWayToSetARateReachesOurLayers() {
    MultiLayerNetwork network = network(settings(), ours().build());
    network.setLearningRate(0);
    INDArray before = network.params().dup();
    network.fit(X, Y);
    assertEquals(before, network.params());
    assertEquals(0.0, network.getLearningRate(0));
  }

  @Test
  void regularizationBelongsToOneLayer() {
    List<Regularization> mine = new ArrayList<>(List.of(new L2Regularization(0.1)));
    NolaDense layer = (NolaDense) ours().regularization(mine).build();
    mine.clear();
    assertEquals(List.of(new L2Regularization(0.1)), layer.getRegularization());

    NeuralNetConfiguration.Builder settings = settings().l2(0.1).l1Bias(0.2);
    NolaDense one = ours().build();
    NolaDense two = ours().build();
    settings.layer(one).build();
    settings.layer(two).build();
    assertEquals(one.getRegularization(), two.getRegularization());
    assertNotSame(one.getRegularization(), two.getRegularization());
    assertNotSame(one.getRegularization().get(0), two.getRegularization().get(0));
    assertNotSame(one.getRegularizationBias(), two.getRegularizationBias());
    NolaDense clone = (NolaDense) one.clone();
    clone.getRegularization().clear();
    assertEquals(1, one.getRegularization().size());
  }

  @Test
  void dropoutBelongsToOneLayer() {
    Dropout mine = new Dropout(0.5);
    NolaDense one = ours().dropOut(mine).build();
    NolaDense two = ours().dropOut(mine).build();
    assertEquals(mine, one.getIDropout());
    assertNotSame(mine, one.getIDropout());
    assertNotSame(one.getIDropout(), two.getIDropout());
    assertNotSame(one.getIDropout(), one.clone().getIDropout());
  }

  @Test
  void dropoutOfTheNetworkIsDl4js() {
    INDArray w = null;
    List<INDArray> outputs = new ArrayList<>();
    for (Layer first : List.of(new DenseLayer.Builder().nOut(8).build(), plain().build())) {
      MultiLayerNetwork network =
          network(settings().dropOut(0.5).activation(Activation.TANH), first);
      w = w == null ? network.getParam("0_W").dup() : w;
      network.getParam("0_W").assign(w);
      network.getParam("1_W").assign(0.1);
      Nd4j.getRandom().setSeed(9);
      outputs.add(network.feedForward(X, true).get(1).dup());
    }
    assertTrue(outputs.get(0).equalsWithEps(outputs.get(1), 1e-6), outputs.toString());
  }

  @Test
  void gradientNormalizationOfTheLayerIsKept() {
    NolaDense layer =
        ours()
            .gradientNormalization(GradientNormalization.ClipL2PerLayer)
            .gradientNormalizationThreshold(0.5)
            .build();
    settings().layer(layer).build();
    assertEquals(GradientNormalization.ClipL2PerLayer, layer.getGradientNormalization());
    assertEquals(0.5, layer.getGradientNormalizationThreshold());
  }

  @Test
  void biasesBeginWhereTheNetworkSays() {
    MultiLayerNetwork network = network(settings().biasInit(0.25), ours().build());
    assertEquals(Nd4j.valueArrayOf(1, 8, 0.25).castTo(Nd4j.dataType()), network.getParam("0_b"));
  }

  @Test
  void initialWeightsAreTheMethods() {
    assertTrue(refusal(() -> ours().weightInit(WeightInit.XAVIER).build()).contains("weightInit"));
  }

  // ------------------------------------------------------------------------------ sizes, seeds

  @Test
  void layersOfUnknownSizeCanBeCompared() {
    assertEquals(ours().build(), ours().build());
    assertEquals(ours().build().hashCode(), ours().build().hashCode());
    assertNotEquals(ours().build(), plain().build());
    assertEquals(new NolaConv.Builder(3).nOut(2).build(), new NolaConv.Builder(3).nOut(2).build());
    assertNotEquals(
        new NolaConv.Builder(3).nOut(2).build(), new NolaConv.Builder(5).nOut(2).build());
    assertEquals(
        new PatchEmbedding.Builder().nOut(8).build(), new PatchEmbedding.Builder().nOut(8).build());
    assertEquals(
        new TransformerBlock.Builder().heads(2).build(),
        new TransformerBlock.Builder().heads(2).build());
    assertEquals(new TokenPooling.Builder().build(), new TokenPooling.Builder().build());
  }

  @Test
  void layersOfOneNameHaveSeedsOfTheirOwn() {
    NolaDense one = ours().name("same").build();
    NolaDense two = ours().name("same").build();
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            settings()
                .list()
                .layer(one)
                .layer(two)
                .layer(output().build())
                .setInputType(InputType.feedForward(8))
                .build());
    network.init();
    assertNotEquals(one.getSeed(), two.getSeed());
    MultiLayerNetwork other = network(settings(), ours().name("same").build());
    assertEquals(one.getSeed(), ((NolaDense) other.getLayer(0).conf().getLayer()).getSeed());
  }

  @Test
  void anotherSeedOfTheNetworkIsNoticed() {
    MultiLayerNetwork first = network(settings(), ours().build());
    var conf = first.getLayerWiseConfigurations().clone();
    conf.getConfs().forEach(each -> each.setSeed(6));
    MultiLayerNetwork second = new MultiLayerNetwork(conf);
    String message = assertThrows(IllegalStateException.class, second::init).getMessage();
    assertTrue(message.contains("NolaDense \"layer0\"") && message.contains("seed 5"), message);

    NolaDense layer = (NolaDense) conf.getConf(0).getLayer();
    long old = layer.getSeed();
    layer.setSeed(null);
    second.init();
    assertNotEquals(old, layer.getSeed());
    assertEquals(
        ((NolaDense) network(settings().seed(6), ours().build()).getLayer(0).conf().getLayer())
            .getSeed(),
        layer.getSeed());
  }

  /** DL4J gives the graph another seed, and then the network's parameters. */
  @Test
  void aNetworkTurnsIntoAGraph() {
    MultiLayerNetwork network = network(settings(), ours().build());
    network.fit(X, Y);
    ComputationGraph graph = network.toComputationGraph();
    assertEquals(network.output(X), graph.outputSingle(X));
    assertEquals(network.output(X), graph.clone().outputSingle(X));
    MultiLayerNetwork again = new MultiLayerNetwork(network.getLayerWiseConfigurations().clone());
    again.init();
    again.setParams(network.params());
    assertEquals(network.output(X), again.output(X));
  }

  @Test
  void aGivenSeedIsKeptInEveryNetwork() {
    NolaDense layer = ours().seed(77).build();
    network(settings(), layer);
    network(settings().seed(6), layer);
    assertEquals(77, layer.getSeed());
  }

  @Test
  void sizesOfACloneCanBeChanged() {
    for (var method :
        List.of(Nola.scratch(2, 4, 4), Lora.on(FrozenWeight.seeded(), 2), new Dense())) {
      MultiLayerNetwork network = network(settings(), ours().reparameterization(method).build());
      var conf = network.getLayerWiseConfigurations().clone();
      ((FeedForwardLayer) conf.getConf(0).getLayer()).setNOut(20);
      ((FeedForwardLayer) conf.getConf(1).getLayer()).setNIn(20);
      MultiLayerNetwork wider = new MultiLayerNetwork(conf);
      wider.init();
      assertArrayEquals(new long[] {6, 20}, wider.feedForward(X).get(1).shape());
      wider.fit(X, Y);
    }
  }

  @Test
  void updatersOfAFineTuningConfigurationAreCopied() {
    IUpdater mine = new Sgd(0.3);
    NolaDense layer = ours().build();
    layer.setIUpdater(mine);
    assertEquals(mine, layer.getIUpdater());
    assertNotSame(mine, layer.getIUpdater());
  }
}
