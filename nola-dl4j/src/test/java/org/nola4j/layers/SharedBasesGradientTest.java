// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nola4j.reparameterization.Reparameterization;

/** Layers that share bases, in double precision; not in the first pass, where none waits. */
@Tag("slow")
@ExtendWith(DoublePrecision.class)
class SharedBasesGradientTest {
  static Stream<Reparameterization> methods() {
    return SharingNetworks.methods();
  }

  private static SharingNetworks networks(Reparameterization method) {
    return new SharingNetworks(method, DataType.DOUBLE);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void stack(Reparameterization method) {
    assertTrue(check(networks(method), networks(method).stack()));
  }

  /** Layers that share both: the gradients of shared coefficients are added in the pass. */
  @ParameterizedTest
  @MethodSource("methods")
  void stackThatSharesCoefficientsToo(Reparameterization method) {
    SharingNetworks networks = networks(method);
    NolaDense third = networks.dense("third").tiedTo("second").build();
    assertTrue(check(networks, networks.stack(networks.dense("second").build(), third)));
  }

  private static boolean check(SharingNetworks networks, MultiLayerNetwork network) {
    network.setInput(networks.features());
    network.setLabels(networks.labels());
    network.computeGradientAndScore();
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.MLNConfig()
            .net(network)
            .epsilon(1e-6)
            .maxRelError(1e-5)
            .minAbsoluteError(1e-8)
            .input(networks.features())
            .labels(networks.labels()));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void graph(Reparameterization method) {
    SharingNetworks networks = networks(method);
    ComputationGraph graph = networks.graph();
    graph.setInputs(networks.images());
    graph.setLabels(networks.labels());
    graph.computeGradientAndScore();
    DirectionalGradients.check(graph, new MultiDataSet(networks.images(), networks.labels()));
  }
}
