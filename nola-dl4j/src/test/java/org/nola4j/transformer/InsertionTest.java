// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.internal.runtime.Graphs;
import org.nola4j.layers.Normals;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Lora;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Bottleneck adapters and prefixes in the blocks of a trained language model. */
class InsertionTest {
  private static final DataType FLOAT = DataType.FLOAT;
  private static final DataType DOUBLE = DataType.DOUBLE;

  private static ComputationGraph trained(DataType type) {
    ComputationGraph trained = SmallDecoder.dense().graph(type);
    trained.params().assign(trained.params().castTo(FLOAT).castTo(type)); // W0s are float32
    return trained;
  }

  private static Adapters<ComputationGraph> wrapped(DataType type, Insertion.Kind kind) {
    AdapterPlan plan =
        AdapterPlan.builder().insert("block.*", new Insertion(kind, 3)).updater(new NoOp()).build();
    return Adapters.wrap(trained(type), plan);
  }

  /** With numbers none of which is where it starts. */
  static Adapters<ComputationGraph> network(DataType type, Insertion.Kind kind) {
    Adapters<ComputationGraph> adapters = wrapped(type, kind);
    INDArray numbers = adapters.network().params();
    numbers.addi(Normals.of(type, 6, numbers.shape()).muli(0.5));
    return adapters;
  }

  private static void inDouble(Runnable test) {
    Nd4j.setDefaultDataTypes(DOUBLE, DOUBLE);
    try {
      test.run();
    } finally {
      Nd4j.setDefaultDataTypes(FLOAT, FLOAT);
    }
  }

  private static INDArray output(ComputationGraph graph) {
    DataType type = graph.params().dataType();
    return SmallDecoder.output(graph, SmallDecoder.ids(type), SmallDecoder.mask(type));
  }

  /** With texts of different lengths. */
  @ParameterizedTest
  @EnumSource
  void gradients(Insertion.Kind kind) {
    inDouble(() -> assertTrue(check(network(DOUBLE, kind).network())));
  }

  @Test
  void gradientsBesideAdaptersOfWeights() {
    inDouble(
        () -> {
          AdapterPlan plan =
              AdapterPlan.builder()
                  .adapt("block.\\.[qv]", w0 -> Lora.on(w0, 1))
                  .insert("block1", new Insertion(Insertion.Kind.HOULSBY, 2))
                  .updater(new NoOp())
                  .build();
          ComputationGraph network = Adapters.wrap(trained(DOUBLE), plan).network();
          network.params().addi(Normals.of(DOUBLE, 6, network.params().shape()).muli(0.3));
          assertTrue(check(network));
        });
  }

  /** Counts and the size of the file, without a weight. */
  @ParameterizedTest
  @EnumSource
  void arePlanned(Insertion.Kind kind) {
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block.\\.[qv]", w0 -> Lora.on(w0, 1))
            .insert("block.*", new Insertion(kind, 3))
            .train("norm")
            .build();
    ComputationGraph trained = trained(FLOAT);
    List<NetworkLayer> planned = Adapters.planned(trained.getConfiguration(), plan);
    Adapters<ComputationGraph> adapters = Adapters.wrap(trained, plan);
    assertEquals(adapters.parameters(), ParameterCount.of(planned));
    assertEquals(
        Adapter.of(adapters.network()).bytes(Precision.F16),
        Adapter.of(planned).bytes(Precision.F16));
  }

  private static boolean check(ComputationGraph graph) {
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.GraphConfig()
            .net(graph)
            .epsilon(1e-6)
            .maxRelError(1e-5)
            .minAbsoluteError(1e-8)
            .subset(true)
            .maxPerParam(4)
            .inputs(new INDArray[] {SmallDecoder.ids(DOUBLE)})
            .inputMask(new INDArray[] {SmallDecoder.mask(DOUBLE)})
            .labels(new INDArray[] {SmallDecoder.labels(DOUBLE)})
            .labelMask(new INDArray[] {SmallDecoder.labelMask(DOUBLE)}));
  }

  /** The layers' definitions know no masks. */
  @ParameterizedTest
  @EnumSource
  void activationsAreThoseOfSameDiff(Insertion.Kind kind) {
    inDouble(
        () -> {
          ComputationGraph sameDiff = network(DOUBLE, kind).network();
          Graphs.use(sameDiff.getLayers());
          INDArray expected = SmallDecoder.output(sameDiff, SmallDecoder.ids(DOUBLE), null);
          ComputationGraph network = network(DOUBLE, kind).network();
          INDArray found = SmallDecoder.output(network, SmallDecoder.ids(DOUBLE), null);
          assertEquals(0, expected.distance2(found) / expected.norm2Number().doubleValue(), 1e-10);
          assertFalse(output(trained(DOUBLE)).equalsWithEps(output(network), 0.01));
        });
  }

  /** In float, whose operations are others. */
  @ParameterizedTest
  @EnumSource
  void floatIsAsDouble(Insertion.Kind kind) {
    INDArray found = output(network(FLOAT, kind).network());
    inDouble(
        () -> {
          INDArray expected = output(network(DOUBLE, kind).network());
          assertTrue(expected.equalsWithEps(found.castTo(DOUBLE), 1e-4), expected + " " + found);
        });
  }

  @Test
  void adaptersChangeNothingAtFirst() {
    INDArray expected = output(trained(FLOAT));
    assertEquals(expected, output(wrapped(FLOAT, Insertion.Kind.LIN).network()));
    assertTrue(
        expected.equalsWithEps(output(wrapped(FLOAT, Insertion.Kind.HOULSBY).network()), 1e-6));
  }

  @ParameterizedTest
  @EnumSource
  void trainedNumbersAreTheInsertions(Insertion.Kind kind) {
    long d = SmallDecoder.WIDTH;
    long r = 3;
    long expected =
        switch (kind) {
          case LIN -> 2 * (2 * d * r + r + d + 2 * d);
          case HOULSBY -> 4 * (2 * d * r + r + d);
          case PREFIX -> 2 * 2 * r * d;
        };
    ComputationGraph network = wrapped(FLOAT, kind).network();
    assertEquals(expected, ParameterCount.of(network).trained());
    assertEquals(expected, network.numParams());
    assertEquals(trained(FLOAT).numParams(), ParameterCount.of(network).frozen());
  }

  @ParameterizedTest
  @EnumSource
  void adapterFilesAndConfigurationsHaveThem(Insertion.Kind kind, @TempDir Path folder)
      throws IOException {
    Adapters<ComputationGraph> adapters = network(FLOAT, kind);
    Path file = folder.resolve("a.safetensors");
    adapters.adapter().write(file, Precision.F32);
    assertEquals(adapters.adapter().bytes(Precision.F32), Files.size(file));
    ComputationGraph again = Adapters.wrap(trained(FLOAT), Adapter.read(file)).network();
    assertEquals(output(adapters.network()), output(again));
    ComputationGraphConfiguration conf = again.getConfiguration();
    assertEquals(conf, ComputationGraphConfiguration.fromJson(conf.toJson()));
    ComputationGraph same = again.clone();
    assertEquals(output(again), output(same));
  }

  @ParameterizedTest
  @EnumSource
  void aBankSwitchesThem(Insertion.Kind kind) {
    Adapters<ComputationGraph> first = network(FLOAT, kind);
    Adapters<ComputationGraph> second = network(FLOAT, kind);
    second.network().params().muli(-0.5);
    AdapterBank<ComputationGraph> bank = AdapterBank.of(first.network()).build();
    bank.put("first", first.adapter());
    bank.put("second", second.adapter());
    for (int i = 0; i < 2; i++) {
      assertEquals(output(second.network()), bank.use("second", InsertionTest::output));
      assertEquals(output(first.network()), bank.use("first", InsertionTest::output));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatNeedsWeightsIsRefusedByName(Insertion.Kind kind) {
    Adapters<ComputationGraph> adapters = network(FLOAT, kind);
    for (Runnable call :
        new Runnable[] {adapters::merge, adapters::disable, () -> adapters.delta("block0")}) {
      IllegalStateException e = assertThrows(IllegalStateException.class, call::run);
      assertTrue(e.getMessage().contains("layer \"block0\" has Insertion"), e.getMessage());
    }
    assertEquals(output(trained(FLOAT)), output(adapters.unmerge()));
  }

  @Test
  void otherLayersAreRefusedByName() {
    AdapterPlan plan =
        AdapterPlan.builder().insert("norm", new Insertion(Insertion.Kind.LIN, 1)).build();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Adapters.wrap(trained(FLOAT), plan));
    assertTrue(e.getMessage().contains("norm"), e.getMessage());
  }
}
