// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.internal.runtime.ReparameterizedLayer;
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

/** LoRA's dropout before adapters on the weights of blocks. */
@Tag("slow")
@ExtendWith(DoublePrecision.class)
class BlockDropoutTest {
  private static final DataType DOUBLE = DataType.DOUBLE;

  private static ComputationGraph wrapped(
      ComputationGraph trained,
      String weights,
      double rate,
      Function<FrozenWeight, Reparameterization> method) {
    trained.params().assign(trained.params().castTo(DataType.FLOAT).castTo(DOUBLE));
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt(weights, method)
            .adapterDropout(rate)
            .updater(new NoOp())
            .build();
    ComputationGraph network = Adapters.wrap(trained, plan).network();
    network.params().addi(Normals.of(DOUBLE, 6, network.params().shape()).muli(0.3));
    return network;
  }

  private static ComputationGraph gpt2(double rate) {
    return wrapped(
        SmallDecoder.dense().graph(DOUBLE), "block.\\.(v|fc1)", rate, w0 -> Lora.on(w0, 1));
  }

  private static INDArray block(ComputationGraph network, boolean training) {
    return network.feedForward(SmallDecoder.ids(DOUBLE), training).get("block1").dup();
  }

  @Test
  void nothingIsDroppedAtInference() {
    assertEquals(block(gpt2(0), false), block(gpt2(0.5), false));
    assertTrue(block(gpt2(0), false).equalsWithEps(block(gpt2(0), true), 1e-12));
    assertFalse(block(gpt2(0), true).equalsWithEps(block(gpt2(0.5), true), 1e-3));
  }

  /** A share of each number, with the frozen weights' outputs whole. */
  @Test
  void allDroppedIsTheTrainedNetwork() {
    INDArray none = block(gpt2(1 - 1e-12), true);
    ComputationGraph zero = gpt2(0);
    zero.params().assign(0);
    assertTrue(block(zero, false).equalsWithEps(none, 1e-9));
  }

  /** What the adapter of fc2 adds is linear in what enters it. */
  @Test
  void expectationIsTheWholeInput() {
    ComputationGraph network =
        wrapped(SmallDecoder.dense().graph(DOUBLE), "block1\\.fc2", 0.3, w0 -> Lora.on(w0, 2));
    INDArray expected = block(network, false);
    INDArray sum = expected.like();
    Nd4j.getRandom().setSeed(1);
    int draws = 300;
    for (int i = 0; i < draws; i++) {
      sum.addi(block(network, true));
    }
    assertTrue(expected.equalsWithEps(sum.divi(draws), 0.05), () -> expected + " but " + sum);
  }

  static Stream<Arguments> adapters() {
    List<Function<FrozenWeight, Reparameterization>> methods =
        List.of(
            w0 -> Lora.on(w0, 1),
            w0 -> Nola.on(w0, 2, 5, 4),
            w0 -> Pranc.on(w0, 6),
            w0 -> new Dense(1, w0));
    return Stream.of("block.\\.[qv]", "block.\\.fc[12]", "block.*")
        .flatMap(weights -> methods.stream().map(method -> Arguments.of(weights, method)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("adapters")
  void gradientIsThatOfTheNumbersDrawn(
      String weights, Function<FrozenWeight, Reparameterization> method) {
    assertTrue(check(wrapped(SmallDecoder.dense().graph(DOUBLE), weights, 0.4, method)));
  }

  @Test
  void gradientOfLlama() {
    ComputationGraph llama = LlamaBlockTest.graph(DOUBLE, new Dense(), 1, RotaryPairs.HALVES);
    assertTrue(check(wrapped(llama, "block.*", 0.4, w0 -> Lora.on(w0, 1))));
  }

  private static boolean check(ComputationGraph graph) {
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.GraphConfig()
            .net(graph)
            .epsilon(1e-6)
            .maxRelError(1e-5)
            .minAbsoluteError(1e-8)
            .subset(true)
            .maxPerParam(2)
            .callEachIter(each -> Nd4j.getRandom().setSeed(7)) // the same draw
            .inputs(new INDArray[] {SmallDecoder.ids(DOUBLE)})
            .inputMask(new INDArray[] {SmallDecoder.mask(DOUBLE)})
            .labels(new INDArray[] {SmallDecoder.labels(DOUBLE)})
            .labelMask(new INDArray[] {SmallDecoder.labelMask(DOUBLE)}));
  }

  @Test
  void isPartOfTheConfigurationOfAdaptedLayers() {
    ComputationGraphConfiguration conf = gpt2(0.25).getConfiguration();
    assertEquals(conf, ComputationGraphConfiguration.fromJson(conf.toJson()));
    ComputationGraph again =
        new ComputationGraph(ComputationGraphConfiguration.fromJson(conf.toJson()));
    again.init();
    assertEquals(0.25, rate(again, "block0"));
    assertEquals(0, rate(again, "embed"));
  }

  private static double rate(ComputationGraph network, String layer) {
    var conf = network.getLayer(layer).conf().getLayer();
    return conf instanceof ReparameterizedLayer own ? own.getAdapterDropout() : 0;
  }
}
