// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.layers.NolaDense;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

class AdapterBankTest {
  private final INDArray x = TrainedNetworks.images(4, 9, DataType.FLOAT).getFeatures();
  private final MultiLayerNetwork lenet = TrainedNetworks.lenet(DataType.FLOAT);

  private static AdapterPlan plan(Function<FrozenWeight, Reparameterization> method) {
    return AdapterPlan.builder().adapt("out", method).adaptAll(method).build();
  }

  /** Adapters with random numbers, and the wrapped network's outputs with each. */
  private static Map<Adapter, float[]> tasks(MultiLayerNetwork network, INDArray x, int count) {
    Map<Adapter, float[]> tasks = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Nd4j.getRandom().setSeed(i);
      network.setParams(Nd4j.randn(DataType.FLOAT, 1, network.numParams()).muli(0.3));
      tasks.put(Adapter.of(network), floats(network.output(x)));
    }
    return tasks;
  }

  private static float[] floats(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  @Test
  void everyAdapterGivesItsOwnOutputs() {
    for (Function<FrozenWeight, Reparameterization> method :
        List.<Function<FrozenWeight, Reparameterization>>of(
            w0 -> Nola.on(w0, 2, 11, 7), w0 -> Lora.on(w0, 2))) {
      for (long cacheBytes : new long[] {0, 5_000, 1 << 20}) {
        MultiLayerNetwork network = Adapters.wrap(lenet, plan(method)).network();
        Map<Adapter, float[]> tasks = tasks(network, x, 5);
        AdapterBank<MultiLayerNetwork> bank =
            AdapterBank.of(network).copies(2).cacheBytes(cacheBytes).build();
        List<float[]> expected = new ArrayList<>(tasks.values());
        int put = 0;
        for (Adapter adapter : tasks.keySet()) {
          bank.put("task" + put++, adapter);
        }
        for (int i : new int[] {0, 1, 0, 4, 3, 2, 1, 0, 0, 4, 2}) {
          assertArrayEquals(expected.get(i), floats(bank.output("task" + i, x)));
        }
        assertEquals(5L * Float.BYTES * network.numParams(), bank.bytes());
      }
    }
  }

  @Test
  void graphsToo() {
    Adapters<ComputationGraph> adapters =
        Adapters.wrap(TrainedNetworks.residual(DataType.FLOAT), plan(w0 -> Nola.on(w0, 1, 5, 5)));
    AdapterBank<ComputationGraph> bank = AdapterBank.of(adapters.network()).build();
    bank.put("base", adapters.adapter());
    float[] base = floats(adapters.network().outputSingle(x));
    TrainedNetworks.perturb(adapters.network().params());
    bank.put("moved", adapters.adapter());
    float[] moved = floats(adapters.network().outputSingle(x));
    assertArrayEquals(base, floats(bank.output("base", x)));
    assertArrayEquals(moved, floats(bank.output("moved", x)));
    assertArrayEquals(base, floats(bank.output("base", x)));
  }

  @Test
  void theFirstOfAGraphsOutputs() {
    ComputationGraphConfiguration conf =
        TrainedNetworks.residual(DataType.FLOAT).getConfiguration().clone();
    conf.setNetworkOutputs(List.of("out", "fc"));
    ComputationGraph graph = new ComputationGraph(conf);
    graph.init();
    Adapters<ComputationGraph> adapters =
        Adapters.wrap(
            graph, AdapterPlan.builder().adapt("conv2", w0 -> Nola.on(w0, 1, 5, 5)).build());
    AdapterBank<ComputationGraph> bank = AdapterBank.of(adapters.network()).build();
    bank.put("base", adapters.adapter());
    assertArrayEquals(floats(adapters.network().output(x)[0]), floats(bank.output("base", x)));
  }

  /** As {@code Adapter.quantized} has it: a head that is trained itself keeps its floats. */
  @Test
  void bitsAreSavedOnCoefficientsOnly() {
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new NolaDense.Builder().nIn(5).nOut(6).reparameterization(new Dense()).build())
                .layer(new NolaDense.Builder().nOut(3).reparameterization(new Dense()).build())
                .layer(new LossLayer.Builder(LossFunction.MSE).build())
                .setInputType(InputType.feedForward(5))
                .build());
    base.init();
    MultiLayerNetwork network =
        Adapters.wrap(
                base,
                AdapterPlan.builder().adapt("0", w0 -> Nola.on(w0, 1, 4, 4)).train("1").build())
            .network();
    TrainedNetworks.perturb(network.params());
    Adapter adapter = Adapter.of(network);
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).bits(3).build();
    bank.put("task", adapter);
    adapter.quantized(3).applyTo(network);
    INDArray input = Nd4j.rand(DataType.FLOAT, 2, 5);
    assertArrayEquals(floats(network.output(input)), floats(bank.output("task", input)));
  }

  @Test
  void aRequestThatFailsTakesNoCopyWithIt() {
    float[] w0 = new float[5 * 3];
    Arrays.fill(w0, 0.125f);
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new NolaDense.Builder()
                        .nIn(5)
                        .nOut(3)
                        .reparameterization(Nola.on(FrozenWeight.given(w0), 1, 2, 2))
                        .build())
                .layer(new LossLayer.Builder(LossFunction.MSE).build())
                .build());
    network.init();
    Adapter adapter = Adapter.of(network);
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).build();
    GivenWeights.forget(GivenWeights.sha256(w0));
    for (int i = 0; i < 3; i++) {
      assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () -> assertThrows(IllegalStateException.class, () -> bank.put("task", adapter)));
    }
    GivenWeights.keep(w0);
    bank.put("task", adapter);
    INDArray input = Nd4j.rand(DataType.FLOAT, 2, 5);
    assertArrayEquals(floats(network.output(input)), floats(bank.output("task", input)));
  }

  @Test
  void requestsAtTheSameTimeGetTheirOwnAnswers() throws Exception {
    MultiLayerNetwork network = Adapters.wrap(lenet, plan(w0 -> Nola.on(w0, 2, 11, 7))).network();
    Map<Adapter, float[]> tasks = tasks(network, x, 6);
    AdapterBank<MultiLayerNetwork> bank =
        AdapterBank.of(network).copies(2).cacheBytes(10_000).build();
    List<float[]> expected = new ArrayList<>(tasks.values());
    int put = 0;
    for (Adapter adapter : tasks.keySet()) {
      bank.put("task" + put++, adapter);
    }
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> requests = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        int task = i * 7 % 6;
        requests.add(
            () -> {
              assertArrayEquals(expected.get(task), floats(bank.output("task" + task, x)));
              return true;
            });
      }
      for (Future<Boolean> answer : threads.invokeAll(requests)) {
        assertTrue(answer.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void coefficientsCanBePacked() {
    MultiLayerNetwork network =
        Adapters.wrap(lenet, AdapterPlan.builder().adapt("fc", w0 -> Nola.on(w0, 2, 11, 7)).build())
            .network();
    TrainedNetworks.perturb(network.params());
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).bits(4).build();
    bank.put("task", Adapter.of(network));
    long head = 9 * 3 + 3;
    assertEquals((6 + 4) + (4 + 4) + 4 * head, bank.bytes());
    float[] unpacked = floats(network.output(x));
    for (String name : List.of("alpha", "beta")) {
      INDArray vector = network.getLayer(3).getParam(name);
      float[] rounded = new Quantizer(4).quantize(floats(vector)).dequantize();
      vector.assign(Nd4j.createFromArray(rounded).reshape(vector.shape()));
    }
    assertArrayEquals(floats(network.output(x)), floats(bank.output("task", x)));
    assertFalse(java.util.Arrays.equals(unpacked, floats(bank.output("task", x))));
  }

  @Test
  void mistakesAreNamedAndChangeNothing() {
    MultiLayerNetwork network = Adapters.wrap(lenet, plan(w0 -> Nola.on(w0, 2, 11, 7))).network();
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).build();
    bank.put("task", Adapter.of(network));
    float[] before = floats(bank.output("task", x));
    MultiLayerNetwork another = lenet.clone();
    another.params().muli(2);
    Adapter other = Adapters.wrap(another, plan(w0 -> Nola.on(w0, 2, 11, 8))).adapter();
    assertThrows(AdapterMismatchException.class, () -> bank.put("task", other));
    assertArrayEquals(before, floats(bank.output("task", x)));
    assertEquals(Set.of("task"), bank.names());
    assertEquals(
        "the bank has no adapter \"tsak\" among its 1: put it first, or see names()",
        assertThrows(IllegalArgumentException.class, () -> bank.output("tsak", x)).getMessage());
    assertThrows(
        IllegalStateException.class,
        () ->
            bank.use(
                "task",
                n -> {
                  throw new IllegalStateException("a failure of the caller's");
                }));
    assertArrayEquals(before, floats(bank.output("task", x)));
    assertTrue(bank.remove("task"));
    assertFalse(bank.remove("task"));
    assertThrows(IllegalArgumentException.class, () -> bank.output("task", x));
    assertThrows(IllegalArgumentException.class, () -> AdapterBank.of(lenet));
    assertThrows(IllegalArgumentException.class, () -> AdapterBank.of(network).bits(9));
  }

  /** A sum is of other methods than its parts: of more ranks, or of no factors. */
  @Test
  void sumsAreServedBesideTheirParts() {
    MultiLayerNetwork network = Adapters.wrap(lenet, plan(w0 -> Nola.on(w0, 1, 11, 7))).network();
    Map<Adapter, float[]> tasks = tasks(network, x, 3);
    List<Adapter> parts = List.copyOf(tasks.keySet());
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).copies(2).build();
    bank.put("part", parts.get(0));
    Adapter two = Adapter.sum(parts.subList(0, 2), 0.7, -0.4);
    Adapter three = Adapter.sum(parts, 0.2, 0.3, 0.5);
    for (Map.Entry<String, Adapter> sum :
        Map.of("two", two, "three", three, "twice", Adapter.sum(parts.subList(1, 3), 2, 2))
            .entrySet()) {
      bank.put(sum.getKey(), sum.getValue());
    }
    for (int round = 0; round < 2; round++) {
      assertArrayEquals(tasks.get(parts.get(0)), floats(bank.output("part", x)));
      assertArrayEquals(outputs(two), floats(bank.output("two", x)));
      assertArrayEquals(outputs(three), floats(bank.output("three", x)));
    }
    assertEquals(
        "adapters \"part\" and \"two\" are of different methods, as a sum and its parts are, and"
            + " cannot be in one batch: use a batch for each",
        assertThrows(
                IllegalArgumentException.class,
                () -> bank.output(List.of("part", "part", "two", "part"), x))
            .getMessage());
    bank.put("two", parts.get(1)); // of the methods that the bank was made with
    assertArrayEquals(tasks.get(parts.get(1)), floats(bank.output("two", x)));
    assertTrue(bank.remove("three"));
    assertEquals(Set.of("part", "two", "twice"), bank.names());
  }

  /** However many threads bring the first adapters of new methods, these share one network. */
  @Test
  void firstSumsAtTheSameTimeAreServedTogether() throws Exception {
    MultiLayerNetwork network = Adapters.wrap(lenet, plan(w0 -> Nola.on(w0, 1, 11, 7))).network();
    List<Adapter> parts = List.copyOf(tasks(network, x, 2).keySet());
    Adapter sum = Adapter.sum(parts, 0.7, -0.4);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 10; round++) {
        AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).build();
        List<Callable<Void>> puts = new ArrayList<>();
        List<String> names = List.of("a", "b", "c", "d");
        names.forEach(
            name ->
                puts.add(
                    () -> {
                      bank.put(name, sum);
                      return null;
                    }));
        for (Future<Void> put : threads.invokeAll(puts)) {
          put.get();
        }
        assertArrayEquals(outputs(sum), floats(bank.output(names, x)), 1e-5f);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private float[] outputs(Adapter adapter) {
    return floats(Adapters.wrap(lenet, adapter).network().output(x));
  }

  @Test
  void sumsAreServedOverGraphs() {
    ComputationGraph base = TrainedNetworks.residual(DataType.FLOAT);
    ComputationGraph graph = Adapters.wrap(base, plan(w0 -> Nola.on(w0, 1, 5, 4))).network();
    List<Adapter> parts = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      TrainedNetworks.perturb(graph.params());
      parts.add(Adapter.of(graph));
    }
    AdapterBank<ComputationGraph> bank = AdapterBank.of(graph).build();
    Adapter sum = Adapter.sum(parts, 0.5, 0.5);
    bank.put("sum", sum);
    assertArrayEquals(
        floats(Adapters.wrap(base, sum).network().outputSingle(x)), floats(bank.output("sum", x)));
  }
}
