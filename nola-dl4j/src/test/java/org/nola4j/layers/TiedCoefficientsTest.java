// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Layers that take their coefficients from another one; gradients: {@link TiedGradientTest}. */
class TiedCoefficientsTest {
  private static final Reparameterization PRANC = Pranc.scratch(6);
  private static final INDArray INPUT = networks(PRANC).input();
  private static final INDArray LABELS = networks(PRANC).labels();

  @TempDir private Path folder;

  static Stream<Reparameterization> methods() {
    return TiedNetworks.methods();
  }

  private static TiedNetworks networks(Reparameterization method) {
    return new TiedNetworks(method, DataType.FLOAT, new Adam(0.05));
  }

  // ---------------------------------------------------------------- what it computes

  @ParameterizedTest
  @MethodSource("methods")
  void outputsAreThoseOfUntiedLayersWithTheSameNumbers(Reparameterization method) {
    MultiLayerNetwork tied = networks(method).stack();
    MultiLayerNetwork untied = networks(method).untied().stack();
    assertFalse(same(tied.output(INPUT), untied.output(INPUT)));
    TiedNetworks.copy(tied, untied);
    assertSame(untied.output(INPUT), tied.output(INPUT));

    ComputationGraph tiedGraph = networks(method).graph();
    ComputationGraph untiedGraph = networks(method).untied().graph();
    TiedNetworks.copy(tiedGraph, untiedGraph);
    assertSame(untiedGraph.outputSingle(INPUT), tiedGraph.outputSingle(INPUT));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void layersStayTiedWhileTheyAreTrained(Reparameterization method) {
    MultiLayerNetwork tied = networks(method).stack();
    MultiLayerNetwork untied = networks(method).untied().stack();
    double before = tied.score(new org.nd4j.linalg.dataset.DataSet(INPUT, LABELS));
    for (int step = 0; step < 10; step++) {
      tied.fit(INPUT, LABELS);
    }
    assertTrue(tied.score() < before, () -> before + " to " + tied.score());
    TiedNetworks.copy(tied, untied);
    assertSame(untied.output(INPUT), tied.output(INPUT));
  }

  @Test
  void prancsNetworkZeroIsTheStart() {
    ComputationGraph graph = new ComputationGraph(networks(PRANC).graphConfiguration());
    graph.init();
    ComputationGraph untied = new ComputationGraph(networks(PRANC).untied().graphConfiguration());
    untied.init();
    assertEquals(
        Nd4j.createFromArray(1f, 0, 0, 0, 0, 0).reshape(1, 6), graph.getParam("stem_alpha"));
    for (String layer : List.of("out_W", "stem_b")) {
      untied.setParam(layer, graph.getParam(layer));
    }
    assertSame(untied.outputSingle(INPUT), graph.outputSingle(INPUT));
  }

  @Test
  void anyMethodWhoseVectorsHaveOneShape() {
    TiedNetworks dense = networks(new Dense());
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            dense
                .global()
                .list()
                .layer(new NolaDense.Builder().name("stem").nIn(4).nOut(4).build())
                .layer(dense.dense(Bias.NONE).nIn(4).build())
                .build());
    IllegalStateException error = assertThrows(IllegalStateException.class, network::init);
    assertTrue(error.getMessage().contains("only [alpha, beta, b]"), error.getMessage());
    MultiLayerNetwork square =
        new MultiLayerNetwork(
            dense
                .global()
                .list()
                .layer(dense.dense(Bias.NONE).tiedTo(null).name("stem").build())
                .layer(dense.dense(Bias.NONE).build())
                .layer(TiedNetworks.output())
                .setInputType(InputType.feedForward(4))
                .build());
    square.init();
    INDArray x = Normals.of(DataType.FLOAT, 3, 3, 4);
    square.fit(x, LABELS);
    INDArray w = square.getParam("0_W");
    INDArray hidden = Nd4j.math().tanh(Nd4j.math().tanh(x.mmul(w)).mmul(w));
    assertTrue(hidden.equalsWithEps(square.feedForwardToLayer(1, x).get(2), 1e-6));
  }

  // ---------------------------------------------------------------- as DL4J sees it

  @Test
  void parametersAreThoseOfTheOwnerAndBiases() {
    MultiLayerNetwork stack = networks(PRANC).stack();
    assertEquals(
        Set.of("0_alpha", "0_b", "2_b", "3_W", "3_b"), Set.copyOf(stack.paramTable().keySet()));
    assertEquals(6 + 3 + 4 + 15, stack.numParams());
    assertEquals(0, stack.getLayer(1).numParams());
    assertTrue(stack.summary().contains("second"));
    ComputationGraph graph = networks(PRANC).graph();
    assertEquals(6 + 3 + 15, graph.numParams());
    assertEquals(0, graph.getLayer("third").numParams());
    assertTrue(graph.summary().contains("third"));
    assertEquals(0, ((NolaConv) graph.getLayer("second").conf().getLayer()).coefficients());
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> graph.getLayer("second").setParam("alpha", Nd4j.zeros(1, 6)));
    assertTrue(error.getMessage().contains("has no parameter \"alpha\""), error.getMessage());
  }

  @Test
  void settingParametersReachesFollowers() {
    MultiLayerNetwork from = networks(PRANC).stack();
    from.fit(INPUT, LABELS);
    MultiLayerNetwork to = networks(PRANC).stack();
    to.output(INPUT);
    to.setParams(from.params());
    assertSame(from.output(INPUT), to.output(INPUT));
    INDArray before = to.output(INPUT).dup();
    to.setParam("0_alpha", to.getParam("0_alpha").mul(2));
    assertFalse(same(before, to.output(INPUT)));
  }

  @Test
  void clonesAreTiedAmongThemselves() {
    ComputationGraph graph = networks(PRANC).graph();
    ComputationGraph clone = graph.clone();
    INDArray before = graph.outputSingle(INPUT).dup();
    assertSame(before, clone.outputSingle(INPUT));
    clone.fit(new INDArray[] {INPUT}, new INDArray[] {LABELS});
    assertFalse(same(before, clone.outputSingle(INPUT)));
    assertSame(before, graph.outputSingle(INPUT));
    ComputationGraph untied = networks(PRANC).untied().graph();
    TiedNetworks.copy(clone, untied);
    assertSame(untied.outputSingle(INPUT), clone.outputSingle(INPUT));
  }

  @Test
  void survivesJson() {
    MultiLayerConfiguration stack = networks(PRANC).stack().getLayerWiseConfigurations();
    assertTrue(stack.toJson().contains("\"coefficientsOf\" : \"stem\""));
    assertEquals(stack, MultiLayerConfiguration.fromJson(stack.toJson()));
    MultiLayerConfiguration untied = networks(PRANC).untied().stack().getLayerWiseConfigurations();
    assertFalse(untied.toJson().contains("coefficientsOf"));
    assertNotEquals(stack, untied);
    assertNotEquals(
        networks(PRANC).dense(Bias.FREE).nIn(4).build(),
        networks(PRANC).untied().dense(Bias.FREE).nIn(4).build());
    ComputationGraphConfiguration graph = networks(PRANC).graph().getConfiguration();
    assertEquals(graph, ComputationGraphConfiguration.fromJson(graph.toJson()));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void trainingGoesOnFromASavedModel(Reparameterization method) throws Exception {
    MultiLayerNetwork stack = networks(method).stack();
    stack.fit(INPUT, LABELS);
    File file = folder.resolve("stack.zip").toFile();
    ModelSerializer.writeModel(stack, file, true);
    MultiLayerNetwork readStack = ModelSerializer.restoreMultiLayerNetwork(file, true);
    for (MultiLayerNetwork network : List.of(stack, readStack)) {
      network.fit(INPUT, LABELS);
      network.fit(INPUT, LABELS);
    }
    assertSame(stack.params(), readStack.params());

    ComputationGraph graph = networks(method).graph();
    graph.fit(new INDArray[] {INPUT}, new INDArray[] {LABELS});
    ModelSerializer.writeModel(graph, file, true);
    ComputationGraph readGraph = ModelSerializer.restoreComputationGraph(file, true);
    for (ComputationGraph network : List.of(graph, readGraph)) {
      network.fit(new INDArray[] {INPUT}, new INDArray[] {LABELS});
      network.fit(new INDArray[] {INPUT}, new INDArray[] {LABELS});
    }
    assertSame(graph.params(), readGraph.params());
    assertSame(graph.outputSingle(INPUT), readGraph.outputSingle(INPUT));
  }

  @Test
  void frozenOwnersKeepTheCoefficientsOfAllAsTheyAre() {
    ComputationGraph graph = networks(PRANC).graph();
    ComputationGraph frozen =
        new TransferLearning.GraphBuilder(graph).setFeatureExtractor("stem").build();
    assertSame(graph.outputSingle(INPUT), frozen.outputSingle(INPUT));
    INDArray alpha = frozen.getParam("stem_alpha").dup();
    INDArray w = frozen.getParam("out_W").dup();
    frozen.fit(new INDArray[] {INPUT}, new INDArray[] {LABELS});
    assertSame(alpha, frozen.getParam("stem_alpha"));
    assertFalse(same(w, frozen.getParam("out_W")));
  }

  // ---------------------------------------------------------------- which layer is the owner

  @Test
  void networksInTurnDoNotMix() {
    List<MultiLayerNetwork> networks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      networks.add(new MultiLayerNetwork(networks(PRANC).stackConfiguration()));
    }
    networks.forEach(MultiLayerNetwork::init);
    networks.add(networks.get(0).clone());
    List<INDArray> before = networks.stream().map(n -> n.output(INPUT).dup()).toList();
    networks.get(1).fit(INPUT, LABELS);
    for (int i = 0; i < networks.size(); i++) {
      assertEquals(i != 1, same(before.get(i), networks.get(i).output(INPUT)));
    }
    MultiLayerNetwork untied = networks(PRANC).untied().stack();
    TiedNetworks.copy(networks.get(1), untied);
    assertSame(untied.output(INPUT), networks.get(1).output(INPUT));
  }

  @Test
  void otherNetworksHaveNoOwners() {
    TiedNetworks networks = networks(PRANC);
    networks.stack();
    assertNoOwner(list().layer(networks.conv("second").build()).layer(TiedNetworks.output()));
    networks.stack();
    assertNoOwner(
        list()
            .layer(networks.conv("first").tiedTo(null).build())
            .layer(
                new FrozenLayer.Builder()
                    .layer(networks.conv("second").build())
                    .name("second")
                    .build())
            .layer(TiedNetworks.output()));
  }

  @Test
  void theOwnerComesFirst() {
    TiedNetworks networks = networks(PRANC);
    assertNoOwner(
        list()
            .layer(networks.conv("second").build())
            .layer(networks.conv("stem").build())
            .layer(TiedNetworks.output()));
  }

  private static NeuralNetConfiguration.ListBuilder list() {
    return networks(PRANC).global().list().setInputType(TiedNetworks.inputType());
  }

  private static void assertNoOwner(NeuralNetConfiguration.ListBuilder list) {
    assertEquals(
        "NolaConv \"second\" takes its coefficients from \"stem\", but the network has no"
            + " reparameterized layer of that name before this one",
        initError(list));
  }

  private static String initError(NeuralNetConfiguration.ListBuilder list) {
    MultiLayerNetwork network = new MultiLayerNetwork(list.build());
    return assertThrows(IllegalStateException.class, network::init).getMessage();
  }

  @Test
  void theOwnerHasItsOwn() {
    TiedNetworks networks = networks(PRANC);
    assertEquals(
        "NolaDense \"third\" takes its coefficients from \"second\", which has none of its own:"
            + " take them from \"stem\", as it does",
        initError(
            list()
                .layer(networks.conv("stem").build())
                .layer(networks.conv("second").build())
                .layer(networks.dense(Bias.FREE).tiedTo("second").build())));
  }

  @Test
  void vectorsOfOtherLengthsAndMethodsAreRefused() {
    assertEquals(
        "NolaConv \"second\" takes its coefficients from NolaConv \"stem\" and needs \"alpha\" of"
            + " shape [1, 7], but finds [1, 6]",
        initError(
            list()
                .layer(networks(PRANC).conv("stem").build())
                .layer(networks(Pranc.scratch(7)).conv("second").build())));
    assertEquals(
        "NolaConv \"second\" takes its coefficients from NolaConv \"stem\" and needs \"w\" of"
            + " shape [1, 6], but finds only [alpha, b]",
        initError(
            list()
                .layer(networks(PRANC).conv("stem").build())
                .layer(networks(HashedNet.scratch(6)).conv("second").build())));
  }

  // ---------------------------------------------------------------- passes that go wrong

  /** Added first, but above the follower. */
  @Test
  void ownersAboveTheirFollowersAreNoticed() {
    TiedNetworks networks = networks(PRANC);
    ComputationGraph graph =
        new ComputationGraph(
            networks
                .global()
                .graphBuilder()
                .addInputs("in")
                .layer("stem", networks.conv("stem").build(), "second")
                .layer("second", networks.conv("second").build(), "in")
                .layer("out", TiedNetworks.output(), "stem")
                .setOutputs("out")
                .setInputTypes(TiedNetworks.inputType())
                .build());
    graph.init();
    assertMissing(
        () -> graph.fit(new INDArray[] {INPUT}, new INDArray[] {LABELS}), "NolaConv \"second\"");
  }

  @Test
  void sharesOfEarlierPassesAreNotUsed() {
    MultiLayerNetwork network = networks(PRANC).stack();
    network.fit(INPUT, LABELS);
    forward(network);
    assertMissing(() -> backward(network, 0), "NolaConv \"second\"");
    backward(network, 1);
    assertMissing(() -> backward(network, 0), "NolaDense \"third\"");
    backward(network, 2);
    backward(network, 1);
    backward(network, 0);
    assertMissing(() -> backward(network, 0), "NolaConv \"second\"");
    backward(network, 2);
    backward(network, 1);
    forward(network);
    assertMissing(() -> backward(network, 0), "NolaConv \"second\"");
  }

  private static void forward(MultiLayerNetwork network) {
    network.setInput(INPUT);
    network.feedForward(true, false);
  }

  private static void backward(MultiLayerNetwork network, int index) {
    INDArray epsilon =
        index == 2 ? Nd4j.ones(DataType.FLOAT, 3, 4) : Nd4j.ones(DataType.FLOAT, 3, 5, 5, 3);
    network.getLayer(index).backpropGradient(epsilon, LayerWorkspaceMgr.noWorkspaces());
  }

  private static void assertMissing(org.junit.jupiter.api.function.Executable pass, String name) {
    String message = assertThrows(IllegalStateException.class, pass).getMessage();
    assertTrue(
        message.startsWith(
            name
                + " takes its coefficients from NolaConv \"stem\", but had no gradient for them in"
                + " this pass"),
        message);
  }

  /** A hyperbolic tangent that can be told to fail in the backward pass. */
  private static final class Fragile extends ActivationTanH {
    private static boolean fails;

    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
      if (fails) {
        throw new ArithmeticException("told to");
      }
      return super.backprop(in, epsilon);
    }
  }

  @Test
  void passesThatFailHalfwayLeaveNothingBehind() {
    MultiLayerNetwork network = networks(PRANC).activation(new Fragile()).stack();
    MultiLayerNetwork other = networks(PRANC).activation(new Fragile()).stack();
    network.fit(INPUT, LABELS);
    other.fit(INPUT, LABELS);
    Fragile.fails = true;
    try {
      assertThrows(ArithmeticException.class, () -> network.fit(INPUT.mul(5), LABELS));
    } finally {
      Fragile.fails = false;
    }
    assertSame(other.params(), network.params());
    network.fit(INPUT, LABELS);
    other.fit(INPUT, LABELS);
    assertSame(other.params(), network.params());
  }

  private static boolean same(INDArray expected, INDArray actual) {
    return Arrays.equals(bits(expected), bits(actual));
  }

  private static void assertSame(INDArray expected, INDArray actual) {
    assertArrayEquals(bits(expected), bits(actual));
  }

  /** INDArray.equals accepts almost equal numbers. */
  private static float[] bits(INDArray array) {
    return array.dup('c').data().asFloat();
  }
}
