// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.layers.DirectionalGradients;
import org.nola4j.layers.DoublePrecision;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

/** Gradients of wrapped networks, in double precision, with frozen layers between adapted ones. */
@Tag("slow")
@ExtendWith(DoublePrecision.class)
class AdaptersGradientTest {
  private static final DataType DOUBLE = DataType.DOUBLE;

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.nola4j.transfer.AdaptersTest#methods")
  void ofNetworks(String name, Function<FrozenWeight, Reparameterization> method) {
    MultiLayerNetwork network = Adapters.wrap(TrainedNetworks.lenet(DOUBLE), all(method)).network();
    TrainedNetworks.perturb(network.params());
    DataSet data = TrainedNetworks.images(4, 1, DOUBLE);
    DirectionalGradients.check(network, data.getFeatures(), data.getLabels());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.nola4j.transfer.AdaptersTest#methods")
  void ofGraphsOverFrozenBatchNorm(String name, Function<FrozenWeight, Reparameterization> method) {
    check(Adapters.wrap(TrainedNetworks.residual(DOUBLE), all(method)).network());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.nola4j.transfer.AdaptersTest#methods")
  void ofGraphsOverTrainedBatchNorm(
      String name, Function<FrozenWeight, Reparameterization> method) {
    AdapterPlan plan =
        AdapterPlan.builder().adapt("conv2", method).trainBatchNorm().updater(new NoOp()).build();
    ComputationGraph graph = Adapters.wrap(TrainedNetworks.residual(DOUBLE), plan).network();
    assertTrue(graph.getLayer("norm2").conf().getLayer() instanceof BatchNormalization);
    check(graph);
  }

  /** Gradients have to go through frozen convolutions and batch normalization with a ReLU. */
  @ParameterizedTest
  @ValueSource(strings = {"conv1", "conv2", "conv.*"})
  void ofThisLibrarysConvolutions(String adapted) {
    ComputationGraph graph =
        Adapters.wrap(TrainedNetworks.ours(DOUBLE), adapting(adapted)).network();
    check(graph, TrainedNetworks.channelsLast(TrainedNetworks.images(4, 1, DOUBLE)));
  }

  static AdapterPlan adapting(String layers) {
    return AdapterPlan.builder()
        .adapt(layers, w0 -> Nola.on(w0, 2, 5, 4))
        .updater(new NoOp())
        .build();
  }

  private static void check(ComputationGraph graph) {
    check(graph, TrainedNetworks.images(4, 1, DOUBLE));
  }

  private static void check(ComputationGraph graph, DataSet data) {
    TrainedNetworks.perturb(graph.params());
    DirectionalGradients.check(graph, (MultiDataSet) data.toMultiDataSet());
  }

  private static AdapterPlan all(Function<FrozenWeight, Reparameterization> method) {
    return AdapterPlan.builder().adapt("out", method).adaptAll(method).updater(new NoOp()).build();
  }
}
