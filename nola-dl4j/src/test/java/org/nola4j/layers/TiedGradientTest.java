// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.reparameterization.Reparameterization;

/** Layers that share coefficients, in double precision. */
@Tag("slow")
@ExtendWith(DoublePrecision.class)
class TiedGradientTest {
  static Stream<Reparameterization> methods() {
    return TiedNetworks.methods();
  }

  private static TiedNetworks networks(Reparameterization method) {
    return new TiedNetworks(method, DataType.DOUBLE, new Sgd(1));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void stack(Reparameterization method) {
    assertTrue(check(networks(method).stack(), networks(method)));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void stackByGraph(Reparameterization method) {
    MultiLayerNetwork network = networks(method).stack();
    Graphs.use(network.getLayers());
    assertTrue(check(network, networks(method)));
  }

  private static boolean check(MultiLayerNetwork network, TiedNetworks networks) {
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.MLNConfig()
            .net(network)
            .epsilon(1e-6)
            .maxRelError(1e-5)
            .minAbsoluteError(1e-8)
            .input(networks.input())
            .labels(networks.labels()));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void residualGraph(Reparameterization method) {
    TiedNetworks networks = networks(method);
    assertTrue(
        GradientCheckUtil.checkGradients(
            new GradientCheckUtil.GraphConfig()
                .net(networks.graph())
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .inputs(new INDArray[] {networks.input()})
                .labels(new INDArray[] {networks.labels()})));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void gradientIsTheSumOfThoseOfUntiedLayers(Reparameterization method) {
    ComputationGraph tied = networks(method).graph();
    ComputationGraph untied = networks(method).untied().graph();
    TiedNetworks.copy(tied, untied);
    assertEquals(tied.outputSingle(networks(method).input()), output(untied, method));
    Map<String, INDArray> apart = gradient(untied, method);
    gradient(tied, method)
        .forEach(
            (name, gradient) -> {
              INDArray expected = apart.get(name).dup();
              String vector = name.substring(name.indexOf('_') + 1);
              if (name.startsWith("stem") && !vector.equals("b")) {
                expected.addi(apart.get("second_" + vector)).addi(apart.get("third_" + vector));
              }
              double largest = expected.amaxNumber().doubleValue();
              assertTrue(largest > 1e-3, name);
              assertEquals(0, expected.sub(gradient).amaxNumber().doubleValue(), 1e-13 * largest);
            });
  }

  private static INDArray output(ComputationGraph graph, Reparameterization method) {
    return graph.outputSingle(networks(method).input());
  }

  private static Map<String, INDArray> gradient(ComputationGraph graph, Reparameterization method) {
    graph.setInput(0, networks(method).input());
    graph.setLabel(0, networks(method).labels());
    graph.computeGradientAndScore();
    return graph.gradient().gradientForVariable();
  }
}
