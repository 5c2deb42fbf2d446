// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Layers of one shape and seed compute what they would alone, bit by bit. In the first backward
 * pass of a network every layer does project alone: so passes of fresh clones are what the others
 * are compared with. Gradients: {@link SharedBasesGradientTest}; what is computed when: {@code
 * SharedBasisTest}.
 */
@Tag("slow")
class SharedBasesTest {
  private static final int STEPS = 5;
  private static final Reparameterization NOLA = Nola.scratch(2, 5, 7);

  static Stream<Reparameterization> methods() {
    return SharingNetworks.methods();
  }

  private static SharingNetworks networks(Reparameterization method) {
    return new SharingNetworks(method, DataType.FLOAT);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aStackIsTrainedAsIfItsLayersWereAlone(Reparameterization method) {
    assertTrainedAsIfAlone(networks(method), networks(method).stack());
  }

  private static void assertTrainedAsIfAlone(SharingNetworks networks, MultiLayerNetwork network) {
    MultiLayerNetwork alone = network.clone();
    INDArray start = network.params().dup();
    for (int step = 0; step < STEPS; step++) {
      network.fit(networks.features(), networks.labels());
      alone = alone.clone();
      alone.fit(networks.features(), networks.labels());
      assertBits(alone.params(), network.params());
    }
    assertNotEquals(start, network.params());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aGraphIsTrainedAsIfItsLayersWereAlone(Reparameterization method) {
    SharingNetworks networks = networks(method);
    ComputationGraph graph = networks.graph();
    ComputationGraph alone = graph.clone();
    for (int step = 0; step < STEPS; step++) {
      fit(graph, networks);
      alone = alone.clone();
      fit(alone, networks);
      assertBits(alone.params(), graph.params());
    }
  }

  private static void fit(ComputationGraph graph, SharingNetworks networks) {
    graph.fit(new INDArray[] {networks.images()}, new INDArray[] {networks.labels()});
  }

  @ParameterizedTest
  @MethodSource("methods")
  void vectorsThatChangeTogetherAreExpandedAsOneByOne(Reparameterization method) {
    SharingNetworks networks = networks(method);
    MultiLayerNetwork together = networks.stack();
    MultiLayerNetwork oneByOne = networks.stack();
    for (INDArray parameter : oneByOne.paramTable().values()) {
      parameter.muli(-0.5);
      oneByOne.output(networks.features());
    }
    together.output(networks.features());
    together.setParams(oneByOne.params());
    assertBits(oneByOne.output(networks.features()), together.output(networks.features()));
  }

  @Test
  void oneLayerMayBeUsedAlone() {
    SharingNetworks networks = networks(NOLA);
    MultiLayerNetwork network = networks.stack();
    network.fit(networks.features(), networks.labels());
    List<INDArray> activations = network.feedForward(networks.features());
    network.params().addi(0.1);
    List<INDArray> changed = network.feedForward(networks.features());
    INDArray alone =
        network.getLayer(3).activate(changed.get(3), false, LayerWorkspaceMgr.noWorkspaces());
    assertBits(changed.get(4), alone);
    assertNotEquals(activations.get(4), alone);
  }

  // ---------------------------------------------------------------- layers that are not trained

  @ParameterizedTest
  @MethodSource("methods")
  void layersBelowAFrozenOneHaveNoGradients(Reparameterization method) {
    SharingNetworks networks = networks(method);
    MultiLayerNetwork network =
        networks.stack(
            new FrozenLayer(networks.dense("second").build()), networks.dense("third").build());
    INDArray first = network.getParam("1_" + vector(network)).dup();
    INDArray second = network.getParam("2_" + vector(network)).dup();
    assertTrainedAsIfAlone(networks, network);
    assertBits(first, network.getParam("1_" + vector(network)));
    assertBits(second, network.getParam("2_" + vector(network)));
  }

  /** DL4J has this layer compute its gradient and sets it to zero at once. */
  @ParameterizedTest
  @MethodSource("methods")
  void aFrozenLayerInTheMiddleStaysAsItIs(Reparameterization method) {
    SharingNetworks networks = networks(method);
    MultiLayerNetwork network =
        networks.stack(
            new FrozenLayerWithBackprop(networks.dense("second").build()),
            networks.dense("third").build());
    INDArray first = network.getParam("1_" + vector(network)).dup();
    INDArray second = network.getParam("2_" + vector(network)).dup();
    assertTrainedAsIfAlone(networks, network);
    assertNotEquals(first, network.getParam("1_" + vector(network)));
    assertBits(second, network.getParam("2_" + vector(network)));
  }

  private static String vector(MultiLayerNetwork network) {
    return network.getParam("1_beta") == null ? "alpha" : "beta";
  }

  // ---------------------------------------------------------------- which layers belong together

  @Test
  void networksInTurnDoNotMix() {
    SharingNetworks networks = networks(NOLA);
    MultiLayerNetwork one = networks.stack();
    MultiLayerNetwork other = networks.stack();
    other.params().muli(0.7);
    INDArray before = other.output(networks.features());
    one.fit(networks.features(), networks.labels());
    one.fit(networks.features(), networks.labels());
    assertBits(before, other.output(networks.features()));
    assertTrainedAsIfAlone(networks, other);
    assertTrainedAsIfAlone(networks, one);
  }

  @Test
  void clonesAreTrainedOnThreadsOfTheirOwn() {
    SharingNetworks networks = networks(NOLA);
    MultiLayerNetwork network = networks.stack();
    List<CompletableFuture<INDArray>> trained =
        Stream.generate(() -> CompletableFuture.supplyAsync(() -> trained(network, networks)))
            .limit(3)
            .toList();
    INDArray expected = trained(network, networks);
    trained.forEach(params -> assertBits(expected, params.join()));
  }

  private static INDArray trained(MultiLayerNetwork network, SharingNetworks networks) {
    MultiLayerNetwork clone = network.clone();
    for (int step = 0; step < STEPS; step++) {
      clone.fit(networks.features(), networks.labels());
    }
    return clone.params().dup();
  }

  // ---------------------------------------------------------------- passes with an outside epsilon

  @Test
  void gradientsForAnOutsideEpsilonAreComplete() {
    SharingNetworks networks = networks(NOLA);
    MultiLayerConfiguration conf =
        networks
            .global()
            .trainingWorkspaceMode(WorkspaceMode.NONE)
            .list()
            .layer(networks.dense("first").build())
            .layer(networks.dense("second").build())
            .setInputType(InputType.feedForward(6))
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    INDArray epsilon = networks.features().mul(0.3);
    INDArray first = gradient(network, networks.features(), epsilon);
    network.getGradientsViewArray().assign(0);
    assertBits(first, gradient(network, networks.features(), epsilon));
    assertNotEquals(first, gradient(network, networks.features(), epsilon.mul(2)));
  }

  private static INDArray gradient(MultiLayerNetwork network, INDArray input, INDArray epsilon) {
    network.setInput(input);
    network.feedForward(true, false);
    network.backpropGradient(epsilon, LayerWorkspaceMgr.noWorkspaces());
    return network.getGradientsViewArray().dup();
  }

  private static void assertBits(INDArray expected, INDArray actual) {
    assertArrayEquals(expected.dup().data().asFloat(), actual.dup().data().asFloat());
  }
}
