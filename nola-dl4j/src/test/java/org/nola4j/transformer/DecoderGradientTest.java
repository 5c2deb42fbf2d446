// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.layers.DoublePrecision;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Gradients of causal blocks and of a language model's head, with padding and masked labels. */
@Tag("slow")
@ExtendWith(DoublePrecision.class)
class DecoderGradientTest {
  private static final DataType DOUBLE = DataType.DOUBLE;
  private static final int NUMBERS_OF_EACH_PARAMETER = 3;

  static Stream<SmallDecoder> forms() {
    return Stream.of(
        new SmallDecoder(new Dense(), true, 0),
        new SmallDecoder(new Dense(), true, 0.1),
        new SmallDecoder(new Dense(), false, 0.1),
        new SmallDecoder(Nola.scratch(2, 3, 3), true, 0.1));
  }

  static Stream<Arguments> adapters() {
    return Stream.of("block.\\.[qv]", "block.\\.fc[12]")
        .flatMap(
            weights ->
                Stream.<Function<FrozenWeight, Reparameterization>>of(
                        w0 -> Nola.on(w0, 2, 5, 4),
                        w0 -> Lora.on(w0, 2),
                        w0 -> Pranc.on(w0, 6),
                        w0 -> new Dense(1, w0))
                    .map(method -> Arguments.of(weights, method)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void everyParameter(SmallDecoder form) {
    assertTrue(check(form.graph(DOUBLE)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("adapters")
  void overATrainedDecoder(String weights, Function<FrozenWeight, Reparameterization> method) {
    ComputationGraph trained = SmallDecoder.dense().graph(DOUBLE);
    // W0s are float32.
    trained.params().assign(trained.params().castTo(DataType.FLOAT).castTo(DOUBLE));
    AdapterPlan plan = AdapterPlan.builder().adapt(weights, method).updater(new NoOp()).build();
    ComputationGraph network = Adapters.wrap(trained, plan).network();
    network.params().addi(Normals.of(DOUBLE, 6, network.params().shape()).muli(0.1));
    assertTrue(check(network));
  }

  /** The layers' definitions know no masks, and the head's no loss. */
  @Test
  void activationsAreThoseOfSameDiff() {
    SmallDecoder form = new SmallDecoder(Nola.scratch(2, 3, 3), true, 0);
    ComputationGraph sameDiff = form.graph(DOUBLE);
    Graphs.use(sameDiff.getLayers());
    INDArray expected = SmallDecoder.output(sameDiff, SmallDecoder.ids(DOUBLE), null);
    INDArray found = SmallDecoder.output(form.graph(DOUBLE), SmallDecoder.ids(DOUBLE), null);
    assertEquals(0, expected.distance2(found) / expected.norm2Number().doubleValue(), 1e-10);
  }

  private static boolean check(ComputationGraph graph) {
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.GraphConfig()
            .net(graph)
            .epsilon(1e-6)
            .maxRelError(1e-5)
            .minAbsoluteError(1e-8)
            .subset(true)
            .maxPerParam(NUMBERS_OF_EACH_PARAMETER)
            .inputs(new INDArray[] {SmallDecoder.ids(DOUBLE)})
            .inputMask(new INDArray[] {SmallDecoder.mask(DOUBLE)})
            .labels(new INDArray[] {SmallDecoder.labels(DOUBLE)})
            .labelMask(new INDArray[] {SmallDecoder.labelMask(DOUBLE)}));
  }
}
