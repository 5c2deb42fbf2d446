// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.basis.Distribution;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.models.ResNet18;
import org.nola4j.network.NetworkLayer;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * Time to switch a network to another adapter, with its factors generated or cached, and memory per
 * adapter; compared with LoRA adapters and whole networks.
 */
public final class SwitchBenchmark implements Benchmark {
  private static final String MODEL = "--model";
  private static final String ADAPTERS = "--adapters";
  private static final int LORA_RANK = 4;

  /** Enough that the next adapter is never in the network already. */
  private static final int TASKS = 3;

  private static final int PACKED_BITS = 4;

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("model", "model"),
          Column.text("adapter", "adapter"),
          Column.number("numbers", "numbers"),
          Column.number("bytes", "bytes"),
          Column.number("bytes at 4 bits", "packedBytes"),
          Column.number("ms generated", "generatedMillis"),
          Column.number("ms cached", "cachedMillis"),
          Column.number("G elements/s", "gigaElementsPerSecond"));

  @Override
  public String name() {
    return "switch";
  }

  @Override
  public String description() {
    return "time to switch the adapters of a network, and memory per adapter";
  }

  @Override
  public List<BenchmarkOption> options() {
    return List.of(
        BenchmarkOption.of(MODEL, "NAME", "mlp", "Network: mlp (784-256-10, wrapped) or resnet18."),
        BenchmarkOption.of(
            ADAPTERS,
            "N",
            "1000",
            "Number of adapters with 10,000 4-bit coefficients whose heap memory is measured."));
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    String model = settings.one(MODEL).orElse("mlp");
    List<List<Cell>> rows = new ArrayList<>();
    switch (model) {
      case "mlp" -> perceptron(rows, settings.seconds());
      case "resnet18" -> resNet18(rows, settings.seconds());
      default ->
          throw new UserException(
              "%s must be one of mlp, resnet18, was %s%s"
                  .formatted(MODEL, model, Suggestions.hint(model, List.of("mlp", "resnet18"))));
    }
    int adapters = settings.count(ADAPTERS).orElse(1000);
    return new Table(
        "Switching adapters: " + model,
        COLUMNS,
        rows,
        List.of(
            "generated: from coefficients and seeds; cached: from expanded factors in memory. Times"
                + " are medians. LoRA adapters and whole networks are copied.",
            String.format(
                Locale.ROOT,
                "%,d adapters with 10,000 coefficients of %d bits take %.1f MiB of heap.",
                adapters,
                PACKED_BITS,
                heapMebibytes(adapters))));
  }

  private static void perceptron(List<List<Cell>> rows, double seconds) {
    MultiLayerNetwork base = perceptron();
    for (Distribution distribution : Distribution.values()) {
      MultiLayerNetwork nola =
          wrapped(base, w0 -> Nola.on(w0, 4, 1000, 1000).withDistribution(distribution));
      String adapter = "NOLA, rank 4, k = l = 1,000, " + DistributionNames.name(distribution);
      bank(rows, "mlp", adapter, AdapterBank.of(nola), nola, seconds);
    }
    MultiLayerNetwork lora = wrapped(base, w0 -> Lora.on(w0, LORA_RANK));
    bank(rows, "mlp", "LoRA, rank 4", AdapterBank.of(lora), lora, seconds);
    whole(rows, "mlp", base.params(), base::setParams, seconds);
  }

  private static void resNet18(List<List<Cell>> rows, double seconds) {
    for (Distribution distribution : Distribution.values()) {
      ComputationGraph nola = resNet18(Nola.scratch(64, 2000, 2000).withDistribution(distribution));
      String adapter = "NOLA, rank 64, k = l = 2,000, " + DistributionNames.name(distribution);
      bank(rows, "resnet18", adapter, AdapterBank.of(nola), nola, seconds);
    }
    ComputationGraph lora = resNet18(Lora.on(FrozenWeight.seeded(), LORA_RANK));
    bank(rows, "resnet18", "LoRA, rank 4", AdapterBank.of(lora), lora, seconds);
    ComputationGraph dense = ResNet18.builder().imageSize(64).build().init();
    whole(rows, "resnet18", dense.params(), dense::setParams, seconds);
  }

  private static ComputationGraph resNet18(Reparameterization method) {
    return ResNet18.builder().imageSize(64).plan(ReparameterizationPlan.all(method)).build().init();
  }

  private static MultiLayerNetwork perceptron() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .list()
                .layer(
                    new DenseLayer.Builder().nIn(784).nOut(256).activation(Activation.RELU).build())
                .layer(
                    new OutputLayer.Builder()
                        .nIn(256)
                        .nOut(10)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    network.init();
    return network;
  }

  private static MultiLayerNetwork wrapped(
      MultiLayerNetwork base, Function<FrozenWeight, Reparameterization> method) {
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt(DenseLayer.class, method)
            .adapt(OutputLayer.class, method)
            .build();
    return Adapters.wrap(base, plan).network();
  }

  private static <N extends Model> void bank(
      List<List<Cell>> rows,
      String model,
      String adapter,
      AdapterBank.Builder<N> over,
      N network,
      double seconds) {
    AdapterBank<N> bank = over.cacheBytes(0).build();
    AdapterBank<N> cached = over.cacheBytes(1L << 30).bits(PACKED_BITS).build();
    for (int task = 0; task < TASKS; task++) {
      Adapter numbers = adapter(network, task);
      bank.put(name(task), numbers);
      cached.put(name(task), numbers);
    }
    for (int task = 0; task < TASKS; task++) {
      cached.use(name(task), n -> n);
    }
    Stopwatch.Times generated = Stopwatch.time(seconds, switching(bank));
    Stopwatch.Times taken = Stopwatch.time(seconds, switching(cached));
    double rate = generatedElements(network) / generated.median() * 1e-6;
    long numbers = adapter(network, 0).size();
    rows.add(
        row(
            model,
            adapter,
            numbers,
            bank.bytes() / TASKS,
            cached.bytes() / TASKS,
            generated.median(),
            taken.median(),
            rate));
  }

  private static <N> Runnable switching(AdapterBank<N> bank) {
    int[] task = {0};
    return () -> bank.use(name(task[0]++ % TASKS), network -> network);
  }

  private static String name(int task) {
    return "task" + task;
  }

  /** Fills a network's adapter with random numbers; the time does not depend on them. */
  private static Adapter adapter(Model network, int task) {
    Nd4j.getRandom().setSeed(task);
    INDArray numbers = Nd4j.randn(DataType.FLOAT, 1, network.numParams()).muli(0.1);
    network.setParams(numbers);
    return network instanceof MultiLayerNetwork layers
        ? Adapter.of(layers)
        : Adapter.of((ComputationGraph) network);
  }

  private static long generatedElements(Model network) {
    List<NetworkLayer> layers =
        network instanceof MultiLayerNetwork ofLayers
            ? NetworkLayer.of(ofLayers)
            : NetworkLayer.of((ComputationGraph) network);
    return layers.stream()
        .flatMap(layer -> layer.weights().stream())
        .mapToLong(weight -> weight.factorize(0).generatedElements())
        .sum();
  }

  private static void whole(
      List<List<Cell>> rows,
      String model,
      INDArray parameters,
      Consumer<INDArray> set,
      double seconds) {
    INDArray other = parameters.dup();
    double millis = Stopwatch.time(seconds, () -> set.accept(other)).median();
    long bytes = parameters.length() * Float.BYTES;
    rows.add(row(model, "whole network", parameters.length(), bytes, bytes, millis, millis, 0));
  }

  private static List<Cell> row(
      String model,
      String adapter,
      long numbers,
      long bytes,
      long packedBytes,
      double generated,
      double cached,
      double rate) {
    return List.of(
        Cell.of(model, model),
        Cell.of(adapter, adapter),
        Cell.number("%,d", numbers),
        Cell.number("%,d", bytes),
        Cell.number("%,d", packedBytes),
        Cell.number("%.3f", generated),
        Cell.number("%.3f", cached),
        rate == 0 ? Cell.of("-", (Object) null) : Cell.number("%.2f", rate));
  }

  private static double heapMebibytes(int adapters) {
    MultiLayerNetwork network = wrapped(perceptron(), w0 -> Nola.on(w0, 4, 2500, 2500));
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(network).bits(PACKED_BITS).build();
    Adapter adapter = adapter(network, 0);
    for (int i = 0; i < adapters; i++) {
      bank.put(name(i), adapter);
    }
    long full = Heap.used();
    bank.names().forEach(bank::remove);
    return (full - Heap.used()) / 1048576.0;
  }
}
