// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Networks of this library's own layers, trained and then wrapped, weight by weight. */
@Tag("slow")
class WrappedTransformerTest {
  private static final DataType FLOAT = DataType.FLOAT;
  private static final String MLP = "block.\\.fc.";
  private static final String QV = "block.\\.[qv]";

  private final ComputationGraph base = SmallVision.dense().graph(FLOAT);
  private final INDArray images = SmallVision.images(FLOAT, 12);
  private final DataSet data = new DataSet(images, SmallVision.labels(FLOAT, 12));

  static Stream<Arguments> methods() {
    return Stream.<Function<FrozenWeight, Reparameterization>>of(
            w0 -> Nola.on(w0, 2, 11, 7),
            w0 -> Lora.on(w0, 2),
            w0 -> Pranc.on(w0, 13),
            w0 -> new Dense(1, w0))
        .map(method -> Arguments.of(method.apply(FrozenWeight.seeded()).method(), method));
  }

  private static AdapterPlan plan(
      String weights, Function<FrozenWeight, Reparameterization> method) {
    return AdapterPlan.builder()
        .adapt(weights, method)
        .train("head")
        .updater(new Adam(0.02))
        .build();
  }

  private static float[] floats(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  private float[] output(ComputationGraph graph) {
    return floats(graph.outputSingle(images));
  }

  private static void train(ComputationGraph graph, DataSet data) {
    for (int i = 0; i < 30; i++) {
      graph.fit(data);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void trainsMergesAndUnmerges(String name, Function<FrozenWeight, Reparameterization> method) {
    for (String weights : new String[] {MLP, QV, "block1.*"}) {
      Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan(weights, method));
      ComputationGraph network = adapters.network();
      assertArrayEquals(output(base), output(network), 1e-6f);
      double before = network.score(data);
      train(network, data);
      assertTrue(network.score(data) < 0.9 * before, weights + " " + network.score(data));
      ComputationGraph merged = adapters.merge();
      assertArrayEquals(output(network), output(merged), 1e-5f);
      assertEquals(base.getConfiguration(), merged.getConfiguration());
      assertFalse(merged.params().equalsWithEps(base.params(), 1e-4));
      assertArrayEquals(floats(base.params()), floats(adapters.unmerge().params()));
    }
  }

  /** Weights of the first block are frozen without adapters, and all are 8-bit integers. */
  @Test
  void integersComputeAndLearnAsTheRoundedWeightsDo() {
    AdapterPlan.Builder plan =
        AdapterPlan.builder()
            .adapt("block1.*", w0 -> Nola.on(w0, 2, 11, 7))
            .train("head")
            .updater(new Adam(0.02));
    AdapterPlan floats = plan.build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan.frozenBits(8).build());
    ComputationGraph rounded = adapters.unmerge();
    assertFalse(rounded.params().equals(base.params()));
    assertArrayEquals(output(base), output(rounded), 0.05f);
    ComputationGraph same = Adapters.wrap(rounded, floats).network();
    ComputationGraph network = adapters.network();
    assertArrayEquals(output(rounded), output(network), 1e-5f);
    for (int step = 0; step < 3; step++) {
      network.fit(data);
      same.fit(data);
      INDArray expected = same.gradient().gradient();
      double error = expected.sub(network.gradient().gradient()).norm2Number().doubleValue();
      assertTrue(error <= 1e-4 * expected.norm2Number().doubleValue(), "" + error);
      network.setParams(same.params());
    }
    assertArrayEquals(output(network), output(adapters.merge()), 1e-5f);
  }

  @Test
  void onlyAdaptersAndHeadAreTrained() {
    ComputationGraph network =
        Adapters.wrap(base, plan(MLP, w0 -> Nola.on(w0, 2, 11, 7))).network();
    int head = SmallVision.WIDTH * SmallVision.CLASSES + SmallVision.CLASSES;
    assertEquals(4 * 18 + head, network.numParams());
    assertEquals(base.numParams(), ParameterCount.of(network).frozen() + head);
    assertEquals(2L * (4 * 18 + head), network.getUpdater().getStateViewArray().length());
    TransformerBlock block = (TransformerBlock) network.getLayer("block0").conf().getLayer();
    assertTrue(block.getReparameterizations().get("q") instanceof Frozen);
    assertTrue(block.getReparameterizations().get("fc1") instanceof Nola);
    assertEquals(10, block.getFrozenParameters().size());
    assertFalse(block.isInputGradient()); // the embedding below is frozen
  }

  @Test
  void savedClonedAndStoredOnesComeBack(@TempDir Path folder) throws IOException {
    AdapterPlan plan = plan(MLP, w0 -> Nola.on(w0, 2, 11, 7));
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
    ComputationGraph network = adapters.network();
    train(network, data);
    assertArrayEquals(output(network), output(network.clone()));
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    ModelSerializer.writeModel(network, saved, true);
    ComputationGraph restored =
        ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(saved.toByteArray()));
    assertArrayEquals(output(network), output(restored));
    Path file = folder.resolve("task.safetensors");
    adapters.adapter().write(file, Precision.F32);
    ComputationGraph other = Adapters.wrap(base, plan).network();
    Adapter.read(file).applyTo(other);
    assertArrayEquals(output(network), output(other));
    assertArrayEquals(
        output(network), output(Adapters.wrap(base, Adapter.read(file)).network())); // no plan
    AdapterBank<ComputationGraph> bank = AdapterBank.of(other).copies(2).build();
    bank.put("task", Adapter.read(file));
    assertArrayEquals(output(network), floats(bank.output("task", images)));
  }

  @Test
  void blocksOfOneShapeShareBasesIfWanted() {
    AdapterPlan.Builder plan =
        AdapterPlan.builder().adapt(MLP, w0 -> Nola.on(w0, 2, 11, 7)).train("head");
    assertTrue(seed(plan.build(), "block0") != seed(plan.build(), "block1"));
    plan.sharedBases();
    assertEquals(seed(plan.build(), "block0"), seed(plan.build(), "block1"));
  }

  private long seed(AdapterPlan plan, String block) {
    TransformerBlock conf =
        (TransformerBlock) Adapters.wrap(base, plan).network().getLayer(block).conf().getLayer();
    return conf.getSeed();
  }

  @Test
  void mistakesAreNamed() {
    assertMessage("block0.fc9 matches none of the network's layers", "block0.fc9");
    assertMessage("layer \"pooling\" (TokenPooling) cannot have an adapter", "pooling");
    AdapterPlan plan =
        AdapterPlan.builder().train("block0.fc1").adapt("block1", w0 -> Lora.on(w0, 1)).build();
    assertMessage("train the whole layer, or adapt the weight", base, plan);
  }

  /** Over coefficients, and over an adapter: the weights that they make are W0s. */
  @Test
  void weightsThatAreComputedTakeAdapters() {
    ComputationGraph nola = SmallVision.of(Nola.scratch(2, 3, 3)).graph(FLOAT);
    ComputationGraph adapted =
        Adapters.wrap(base, plan("block1.*", w0 -> Lora.on(w0, 1))).network();
    adapted.fit(data);
    for (ComputationGraph trained : List.of(nola, adapted)) {
      Adapters<ComputationGraph> adapters =
          Adapters.wrap(trained, plan(MLP, w0 -> Nola.on(w0, 2, 11, 7)));
      assertArrayEquals(output(trained), output(adapters.network()), 1e-5f);
      adapters.network().fit(data);
      ComputationGraph merged = adapters.merge();
      assertArrayEquals(output(adapters.network()), output(merged), 1e-5f);
      assertEquals(base.paramTable().keySet(), merged.paramTable().keySet());
      merged.fit(data); // all gradients are there
      assertArrayEquals(output(trained), output(adapters.unmerge()));
    }
  }

  private void assertMessage(String part, String weights) {
    assertMessage(part, base, plan(weights, w0 -> Lora.on(w0, 1)));
  }

  private static void assertMessage(String part, ComputationGraph graph, AdapterPlan plan) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Adapters.wrap(graph, plan)).getMessage();
    assertTrue(message.contains(part), message);
  }
}
