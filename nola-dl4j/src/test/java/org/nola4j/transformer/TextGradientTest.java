// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.layers.DirectionalGradients;
import org.nola4j.layers.DoublePrecision;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Gradients with masks. */
@Tag("slow")
@ExtendWith(DoublePrecision.class)
class TextGradientTest {
  private static final DataType DOUBLE = DataType.DOUBLE;
  private static final MultiDataSet DATA =
      new MultiDataSet(
          new INDArray[] {SmallText.ids(DOUBLE)},
          new INDArray[] {SmallText.labels(DOUBLE)},
          new INDArray[] {SmallText.mask(DOUBLE).putScalar(2, 1, 0)},
          null);

  static Stream<SmallText> forms() {
    Reparameterization nola = Nola.scratch(2, 3, 3);
    return Stream.of(
        SmallText.mean(new Dense()), SmallText.first(new Dense()), SmallText.mean(nola));
  }

  static Stream<Arguments> adapters() {
    Function<FrozenWeight, Reparameterization> nola = w0 -> Nola.on(w0, 2, 5, 4);
    Function<FrozenWeight, Reparameterization> lora = w0 -> Lora.on(w0, 2);
    return Stream.of(
        Arguments.of("block.\\.[qv]", nola),
        Arguments.of("block.\\.[qv]", lora),
        Arguments.of("block.\\.fc[12]", nola),
        Arguments.of("block.\\.fc[12]", lora));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void everyParameter(SmallText form) {
    check(form.graph(DOUBLE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("adapters")
  void overATrainedEncoder(String weights, Function<FrozenWeight, Reparameterization> method) {
    ComputationGraph trained = SmallText.mean(new Dense()).graph(DOUBLE);
    // W0s are float32.
    trained.params().assign(trained.params().castTo(DataType.FLOAT).castTo(DOUBLE));
    AdapterPlan plan =
        AdapterPlan.builder().adapt(weights, method).train("head").updater(new NoOp()).build();
    ComputationGraph network = Adapters.wrap(trained, plan).network();
    network.params().addi(Normals.of(DOUBLE, 6, network.params().shape()).muli(0.1));
    check(network);
  }

  /** The layers' definitions know no masks. */
  @ParameterizedTest
  @MethodSource("forms")
  void isThatOfSameDiffWithoutMasks(SmallText form) {
    ComputationGraph sameDiff = form.graph(DOUBLE);
    SmallText.useSameDiff(sameDiff);
    INDArray expected = gradient(sameDiff);
    double difference = expected.distance2(gradient(form.graph(DOUBLE)));
    assertEquals(0, difference / expected.norm2Number().doubleValue(), 1e-10);
  }

  private static INDArray gradient(ComputationGraph graph) {
    graph.setInputs(SmallText.ids(DOUBLE));
    graph.setLabels(SmallText.labels(DOUBLE));
    graph.computeGradientAndScore();
    return graph.gradient().gradient();
  }

  private static void check(ComputationGraph graph) {
    DirectionalGradients.check(graph, DATA);
  }
}
