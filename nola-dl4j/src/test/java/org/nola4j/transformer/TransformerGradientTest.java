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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.layers.DirectionalGradients;
import org.nola4j.layers.DoublePrecision;
import org.nola4j.layers.Methods;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

@Tag("slow")
@ExtendWith(DoublePrecision.class)
class TransformerGradientTest {
  private static final MultiDataSet DATA =
      new MultiDataSet(SmallVision.images(DataType.DOUBLE), SmallVision.labels(DataType.DOUBLE));

  /** With c = 300 attention saturates, and a finite difference is no longer close enough. */
  static Stream<Reparameterization> methods() {
    return Methods.all()
        .map(method -> method instanceof Nola nola && nola.c() > 100 ? nola.withC(3) : method);
  }

  static Stream<SmallVision> withSameDiff() {
    Nola paper = Nola.release2023(2, 5, 4).withC(300);
    return Stream.of(
        SmallVision.dense(),
        SmallVision.of(paper),
        SmallVision.of(paper).with(NormPosition.POST, MlpActivation.GELU_TANH));
  }

  static Stream<SmallVision> forms() {
    SmallVision base = SmallVision.of(Nola.scratch(2, 3, 3));
    return Stream.of(
        base.with(NormPosition.PRE, MlpActivation.GELU_TANH),
        base.with(NormPosition.POST, MlpActivation.GELU),
        base.with(NormPosition.POST, MlpActivation.GELU_TANH),
        base.with(TokenPooling.Kind.CLASS_TOKEN, TokenPooling.Norm.NONE, true),
        base.with(TokenPooling.Kind.MEAN, TokenPooling.Norm.AFTER, true),
        base.with(TokenPooling.Kind.MEAN, TokenPooling.Norm.BEFORE, true),
        base.with(TokenPooling.Kind.MEAN, TokenPooling.Norm.AFTER, false),
        base.withoutQkvBias());
  }

  /** Number by number, in DL4J's way. */
  @Test
  void ofDl4j() {
    assertTrue(
        GradientCheckUtil.checkGradients(
            new GradientCheckUtil.GraphConfig()
                .net(SmallVision.of(Nola.scratch(2, 3, 3)).graph(DataType.DOUBLE))
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .subset(true)
                .maxPerParam(2)
                .inputs(DATA.getFeatures())
                .labels(DATA.getLabels())));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyMethod(Reparameterization method) {
    check(SmallVision.of(method).graph(DataType.DOUBLE));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void everyForm(SmallVision form) {
    check(form.graph(DataType.DOUBLE));
  }

  /** Adapters over frozen weights, with frozen norms and biases between them. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("org.nola4j.transformer.WrappedTransformerTest#methods")
  void overATrainedNetwork(String name, Function<FrozenWeight, Reparameterization> method) {
    ComputationGraph trained = SmallVision.dense().graph(DataType.DOUBLE);
    // W0s are float32.
    trained.params().assign(trained.params().castTo(DataType.FLOAT).castTo(DataType.DOUBLE));
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block.\\.(q|v|fc1|fc2)", method)
            .train("head")
            .updater(new NoOp())
            .build();
    ComputationGraph network = Adapters.wrap(trained, plan).network();
    network.params().addi(Normals.of(DataType.DOUBLE, 6, network.params().shape()).muli(0.1));
    check(network);
    ComputationGraph sameDiff = network.clone();
    SmallVision.useSameDiff(sameDiff);
    assertEqualGradients(sameDiff, network);
  }

  /** What lies below the first adapter gets no gradient. */
  @ParameterizedTest
  @CsvSource({
    "PRE, block.\\.[qv]", "PRE, block.\\.fc[12]", "PRE, block.\\.fc2", "PRE, block1\\.fc1",
    "PRE, block0\\.proj", "POST, block.\\.k", "POST, block.\\.fc1", "POST, block1\\.fc2"
  })
  void overSomeWeights(NormPosition position, String weights) {
    ComputationGraph trained =
        SmallVision.dense().with(position, MlpActivation.GELU).graph(DataType.DOUBLE);
    // W0s are float32.
    trained.params().assign(trained.params().castTo(DataType.FLOAT).castTo(DataType.DOUBLE));
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt(weights, w0 -> Lora.on(w0, 2))
            .train("head")
            .updater(new NoOp())
            .build();
    ComputationGraph network = Adapters.wrap(trained, plan).network();
    network.params().addi(Normals.of(DataType.DOUBLE, 6, network.params().shape()).muli(0.1));
    check(network);
  }

  @ParameterizedTest
  @MethodSource("withSameDiff")
  void isThatOfSameDiff(SmallVision form) {
    ComputationGraph sameDiff = form.graph(DataType.DOUBLE);
    SmallVision.useSameDiff(sameDiff);
    assertEqualGradients(sameDiff, form.graph(DataType.DOUBLE));
  }

  private static void assertEqualGradients(ComputationGraph one, ComputationGraph other) {
    INDArray expected = gradient(one);
    double difference = expected.sub(gradient(other)).norm2Number().doubleValue();
    assertEquals(0, difference / expected.norm2Number().doubleValue(), 1e-10);
  }

  private static INDArray gradient(ComputationGraph graph) {
    graph.setInputs(SmallVision.images(DataType.DOUBLE));
    graph.setLabels(SmallVision.labels(DataType.DOUBLE));
    graph.computeGradientAndScore();
    return graph.gradient().gradient();
  }

  private static void check(ComputationGraph graph) {
    DirectionalGradients.check(graph, DATA);
  }
}
