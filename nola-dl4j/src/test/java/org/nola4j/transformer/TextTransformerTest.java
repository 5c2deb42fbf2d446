// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Texts of different lengths in one batch. */
class TextTransformerTest {
  private static final DataType FLOAT = DataType.FLOAT;

  static Stream<SmallText> forms() {
    return Stream.of(
        SmallText.mean(new Dense()),
        SmallText.first(new Dense()),
        SmallText.mean(Nola.scratch(2, 5, 4)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void eachTextGetsItsOwnResult(SmallText form) {
    ComputationGraph graph = form.graph(FLOAT);
    INDArray batch = SmallText.output(graph, SmallText.ids(FLOAT), SmallText.mask(FLOAT));
    for (int text = 0; text < SmallText.BATCH; text++) {
      INDArray alone = SmallText.output(graph, SmallText.alone(FLOAT, text), null);
      assertTrue(alone.equalsWithEps(batch.getRow(text, true), 1e-6), alone + " " + batch);
    }
  }

  /** What fills a text up may be any word, and its place in the text is free. */
  @Test
  void maskedTokensDoNotMatter() {
    ComputationGraph graph = SmallText.mean(new Dense()).graph(FLOAT);
    INDArray ids = SmallText.ids(FLOAT);
    INDArray mask = SmallText.mask(FLOAT);
    mask.putScalar(2, 1, 0);
    INDArray before = SmallText.output(graph, ids, mask);
    ids.putScalar(0, 4, 6).putScalar(2, 1, 0);
    assertTrue(before.equalsWithEps(SmallText.output(graph, ids, mask), 1e-6));
    assertFalse(before.equalsWithEps(SmallText.output(graph, ids, null), 1e-3));
  }

  @Test
  void aMaskOfOnesIsNone() {
    ComputationGraph graph = SmallText.mean(new Dense()).graph(FLOAT);
    INDArray ids = SmallText.ids(FLOAT);
    assertEquals(
        SmallText.output(graph, ids, null), SmallText.output(graph, ids, Nd4j.ones(FLOAT, 3, 5)));
  }

  @Test
  void trainsWithTheMaskOfADataSet() {
    ComputationGraph masked = SmallText.mean(new Dense()).graph(FLOAT);
    ComputationGraph other = SmallText.mean(new Dense()).graph(FLOAT);
    INDArray ids = SmallText.ids(FLOAT);
    INDArray others = ids.dup().putScalar(0, 4, 6);
    INDArray mask = SmallText.mask(FLOAT);
    masked.fit(new DataSet(ids, SmallText.labels(FLOAT), mask, null));
    other.fit(new DataSet(others, SmallText.labels(FLOAT), mask, null));
    assertTrue(masked.params().equalsWithEps(other.params(), 1e-6));
    INDArray words = masked.getParam("embedding_W");
    assertFalse(
        words.equalsWithEps(
            SmallText.mean(new Dense()).graph(FLOAT).getParam("embedding_W"), 1e-6));
  }

  @Test
  void paddingIsZeroAfterABlock() {
    ComputationGraph graph = SmallText.mean(new Dense()).graph(FLOAT);
    INDArray mask = SmallText.mask(FLOAT);
    graph.setLayerMaskArrays(new INDArray[] {mask}, null);
    INDArray tokens = graph.feedForward(SmallText.ids(FLOAT), false).get("block1");
    assertEquals(mask, tokens.norm2(2).gt(0).castTo(FLOAT));
  }

  /** Arrays that a block keeps between its passes hold batches of several lengths. */
  @Test
  void gradientsOfABatchDoNotDependOnEarlierBatches() {
    ComputationGraph graph = SmallText.mean(new Dense()).graph(FLOAT);
    INDArray longest = Nd4j.ones(FLOAT, SmallText.BATCH, 5);
    INDArray expected = gradient(SmallText.mean(new Dense()).graph(FLOAT), SmallText.mask(FLOAT));
    gradient(graph, SmallText.mask(FLOAT).putScalar(0, 1, 0));
    gradient(graph, longest);
    assertEquals(expected, gradient(graph, SmallText.mask(FLOAT)));
  }

  /** A backward pass repeats a forward pass that was not for the same mask. */
  @Test
  void gradientsAreThoseOfTheMaskAtHand() {
    INDArray mask = SmallText.mask(FLOAT);
    INDArray expected = below(block(mask), mask);
    assertEquals(expected, below(block(null), mask));
    assertEquals(expected, below(block(SmallText.mask(FLOAT).putScalar(0, 1, 0)), mask));
  }

  /** After a forward pass. */
  private static Layer block(INDArray mask) {
    ComputationGraph graph = SmallText.mean(new Dense()).graph(FLOAT);
    graph.initGradientsView();
    Layer block = graph.getLayer("block1");
    INDArray tokens = Normals.of(FLOAT, 4, SmallText.BATCH, 5, block.getParam("q.b").length());
    block.setMaskArray(mask);
    block.setInput(tokens, LayerWorkspaceMgr.noWorkspaces());
    block.activate(true, LayerWorkspaceMgr.noWorkspaces());
    return block;
  }

  private static INDArray below(Layer block, INDArray mask) {
    block.setMaskArray(mask);
    INDArray epsilon = Normals.of(FLOAT, 3, block.input().shape());
    return block.backpropGradient(epsilon, LayerWorkspaceMgr.noWorkspaces()).getSecond();
  }

  private static INDArray gradient(ComputationGraph graph, INDArray mask) {
    graph.setInputs(SmallText.ids(FLOAT));
    graph.setLabels(SmallText.labels(FLOAT));
    graph.setLayerMaskArrays(new INDArray[] {mask}, null);
    graph.computeGradientAndScore();
    return graph.gradient().gradient().dup();
  }

  @Test
  void integersAreTakenToo() {
    ComputationGraph graph = SmallText.mean(new Dense()).graph(FLOAT);
    for (DataType type : new DataType[] {DataType.INT32, DataType.INT64}) {
      assertEquals(
          SmallText.output(graph, SmallText.ids(FLOAT), SmallText.mask(FLOAT)),
          SmallText.output(graph, SmallText.ids(type), SmallText.mask(type)));
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void survivesJsonAndModelSerializer(SmallText form, @TempDir Path folder) throws Exception {
    ComputationGraphConfiguration conf = form.configuration(FLOAT);
    assertEquals(conf, ComputationGraphConfiguration.fromJson(conf.toJson()));
    ComputationGraph graph = form.graph(FLOAT);
    File file = folder.resolve("graph.zip").toFile();
    ModelSerializer.writeModel(graph, file, true);
    ComputationGraph read = ModelSerializer.restoreComputationGraph(file, true);
    INDArray ids = SmallText.ids(FLOAT);
    INDArray mask = SmallText.mask(FLOAT);
    assertEquals(SmallText.output(graph, ids, mask), SmallText.output(read, ids, mask));
  }

  /** A frozen encoder gives the same bits, and padding stays without influence on training. */
  @Test
  void adaptersOverATrainedEncoder() {
    ComputationGraph base = SmallText.mean(new Dense()).graph(FLOAT);
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block.\\.fc.", w0 -> Nola.on(w0, 2, 11, 7))
            .adapt("block.\\.[qv]", w0 -> Lora.on(w0, 1))
            .train("head")
            .updater(new Adam(0.02))
            .build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
    ComputationGraph network = adapters.network();
    INDArray ids = SmallText.ids(FLOAT);
    INDArray mask = SmallText.mask(FLOAT);
    assertEquals(SmallText.output(base, ids, mask), SmallText.output(network, ids, mask));
    DataSet data = new DataSet(ids, SmallText.labels(FLOAT), mask, null);
    double before = network.score(data);
    for (int i = 0; i < 20; i++) {
      network.fit(data);
    }
    assertTrue(network.score(data) < 0.9 * before);
    INDArray trained = SmallText.output(network, ids, mask);
    assertTrue(trained.equalsWithEps(SmallText.output(adapters.merge(), ids, mask), 1e-5));
  }

  @Test
  void errorsSayWhatIsWrong() {
    ComputationGraph graph = SmallText.mean(new Dense()).graph(FLOAT);
    assertMessage(
        "expected whole numbers from 0 to 6, but token 3 of text 1 is 7.0",
        graph,
        SmallText.ids(FLOAT).putScalar(1, 3, 7),
        null);
    assertMessage("is 2.5", graph, SmallText.ids(FLOAT).putScalar(1, 3, 2.5), null);
    assertMessage("is -1.0", graph, SmallText.ids(FLOAT).putScalar(1, 3, -1), null);
    assertMessage("is NaN", graph, SmallText.ids(FLOAT).putScalar(1, 3, Double.NaN), null);
    assertMessage(
        "expected at most 6 tokens, as many as there are positions, but got 8",
        graph,
        Nd4j.zeros(FLOAT, 2, 8),
        null);
    assertMessage("[batch, tokens], but got an array of shape [3, 5, 1]", graph, null, null);
    assertMessage(
        "TokenEmbedding \"embedding\": expected a mask of shape [3, 5], but got [3, 4]",
        graph,
        SmallText.ids(FLOAT),
        Nd4j.ones(FLOAT, 3, 4));
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> new TokenEmbedding.Builder().nOut(4).build());
    assertTrue(e.getMessage().contains("the size of the vocabulary"), e.getMessage());
    e =
        assertThrows(
            IllegalStateException.class,
            () ->
                new TokenEmbedding.Builder()
                    .nIn(9)
                    .nOut(4)
                    .build()
                    .getOutputType(0, InputType.convolutional(8, 8, 3)));
    assertTrue(e.getMessage().contains("InputType.feedForward(tokens)"), e.getMessage());
  }

  private static void assertMessage(
      String part, ComputationGraph graph, INDArray ids, INDArray mask) {
    INDArray input = ids == null ? SmallText.ids(FLOAT).reshape(3, 5, 1) : ids;
    Throwable cause =
        assertThrows(RuntimeException.class, () -> SmallText.output(graph, input, mask));
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    assertTrue(cause.getMessage().contains(part), cause.getMessage());
  }
}
