// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.adapter.Adapter;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.TokenPooling;
import org.nola4j.transformer.TransformerBlock;

/**
 * Texts per second of a bank whose texts are of as many tenants, one after another and in one
 * batch, and the memory that tenants take.
 */
public final class BankBenchmark implements Benchmark {
  private static final String TENANTS = "--tenants";
  private static final String TOKENS = "--tokens";
  private static final String ADAPTERS = "--adapters";

  private static final int BLOCKS = 6;
  private static final int WIDTH = 384;
  private static final int CLASSES = 4;
  private static final int COEFFICIENTS = 256;
  private static final int BITS = 8;

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("adapters", "adapters"),
          Column.number("ms one after another", "aloneMillis"),
          Column.number("ms in one batch", "togetherMillis"),
          Column.number("texts/s one after another", "aloneTextsPerSecond"),
          Column.number("texts/s in one batch", "togetherTextsPerSecond"),
          Column.number("times", "times"));

  @Override
  public String name() {
    return "bank";
  }

  @Override
  public String description() {
    return "texts per second of many tenants over one encoder, and memory per tenant";
  }

  @Override
  public List<BenchmarkOption> options() {
    return List.of(
        BenchmarkOption.of(TENANTS, "N", "32", "Texts, each with an adapter of its own."),
        BenchmarkOption.of(TOKENS, "N", "16", "Tokens of a text."),
        BenchmarkOption.of(
            ADAPTERS,
            "N",
            "10000",
            "Adapters of 6,144 coefficients at 8 bits whose memory on the heap is measured."));
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    int tenants = settings.count(TENANTS).orElse(32);
    int tokens = settings.count(TOKENS).orElse(16);
    int adapters = settings.count(ADAPTERS).orElse(10_000);
    ComputationGraph base = encoder(tokens);
    ComputationGraph network = adapted(base, AdapterPlan.builder().train("head"));
    INDArray texts = Nd4j.randn(DataType.FLOAT, tenants, tokens, WIDTH);
    List<List<Cell>> rows = new ArrayList<>();
    rows.add(row("cached", bank(network, 1L << 30, 2 * tenants), texts, settings.seconds()));
    rows.add(row("generated", bank(network, 0, 2 * tenants), texts, settings.seconds()));
    return new Table(
        String.format(
            Locale.ROOT,
            "%d texts of %d tokens, each of another tenant: %d transformer blocks of width %d with"
                + " NOLA on fc1 and fc2, k = l = %d",
            tenants,
            tokens,
            BLOCKS,
            WIDTH,
            COEFFICIENTS),
        COLUMNS,
        rows,
        List.of(
            "Medians; random weights and tokens, a classifier of "
                + CLASSES
                + " classes for each tenant. cached: expanded factors are in memory; generated:"
                + " each text's adapter is expanded from its coefficients and seeds.",
            String.format(
                Locale.ROOT,
                "%,d adapters of %,d coefficients at %d bits take %.1f MB of heap, classifiers not"
                    + " counted.",
                adapters,
                2 * BLOCKS * 2 * COEFFICIENTS,
                BITS,
                heapMegabytes(base, adapters))));
  }

  /** Blocks as those of all-MiniLM-L6-v2. */
  private static ComputationGraph encoder(int tokens) {
    GraphBuilder builder =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .graphBuilder()
            .addInputs("tokens")
            .setInputTypes(InputType.recurrent(WIDTH, tokens, RNNFormat.NWC));
    String below = "tokens";
    for (int i = 0; i < BLOCKS; i++) {
      String block = "block" + i;
      builder.addLayer(
          block,
          new TransformerBlock.Builder()
              .heads(12)
              .normPosition(NormPosition.POST)
              .epsilon(1e-12)
              .reparameterization(new Dense())
              .build(),
          below);
      below = block;
    }
    builder.addLayer(
        "pool",
        new TokenPooling.Builder().kind(TokenPooling.Kind.MEAN).classToken(false).build(),
        below);
    builder.addLayer(
        "head",
        new OutputLayer.Builder().nOut(CLASSES).activation(Activation.SOFTMAX).build(),
        "pool");
    ComputationGraph base = new ComputationGraph(builder.setOutputs("head").build());
    base.init();
    return base;
  }

  private static ComputationGraph adapted(ComputationGraph base, AdapterPlan.Builder plan) {
    plan.adapt("block\\d\\.(fc1|fc2)", w0 -> Nola.on(w0, 4, COEFFICIENTS, COEFFICIENTS));
    return Adapters.wrap(base, plan.build()).network();
  }

  private static AdapterBank<ComputationGraph> bank(
      ComputationGraph network, long cacheBytes, int tenants) {
    AdapterBank<ComputationGraph> bank =
        AdapterBank.of(network).bits(BITS).cacheBytes(cacheBytes).build();
    for (int tenant = 0; tenant < tenants; tenant++) {
      Nd4j.getRandom().setSeed(tenant);
      network.setParams(Nd4j.randn(DataType.FLOAT, network.params().shape()).muli(0.1));
      bank.put(name(tenant), Adapter.of(network));
    }
    return bank;
  }

  private static String name(int tenant) {
    return "tenant" + tenant;
  }

  /** Requests go through twice as many tenants, so that none is in the network already. */
  private static List<Cell> row(
      String adapters, AdapterBank<ComputationGraph> bank, INDArray texts, double seconds) {
    int count = Math.toIntExact(texts.size(0));
    int tenants = bank.names().size();
    int[] next = {0};
    List<INDArray> each =
        IntStream.range(0, count)
            .mapToObj(i -> texts.get(NDArrayIndex.interval(i, i + 1)).dup('c'))
            .toList();
    double alone =
        Stopwatch.time(seconds, () -> each.forEach(x -> bank.output(name(next[0]++ % tenants), x)))
            .median();
    double together =
        Stopwatch.time(seconds, () -> bank.output(names(next, count, tenants), texts)).median();
    return List.of(
        Cell.of(adapters, adapters),
        Cell.number("%.1f", alone),
        Cell.number("%.1f", together),
        Cell.number("%.0f", 1000 * count / alone),
        Cell.number("%.0f", 1000 * count / together),
        Cell.number("%.1f", alone / together));
  }

  private static List<String> names(int[] next, int count, int tenants) {
    return IntStream.range(0, count).mapToObj(i -> name(next[0]++ % tenants)).toList();
  }

  private static double heapMegabytes(ComputationGraph base, int adapters) {
    ComputationGraph network = adapted(base, AdapterPlan.builder().freeze("head"));
    AdapterBank<ComputationGraph> bank = AdapterBank.of(network).bits(BITS).build();
    Adapter adapter = Adapter.of(network);
    bank.put(name(0), adapter); // makes the bank's copy of the network
    long empty = Heap.used();
    try {
      for (int i = 0; i < adapters; i++) {
        bank.put(name(i), adapter);
      }
      return (Heap.used() - empty) * 1e-6;
    } finally {
      Reference.reachabilityFence(bank);
    }
  }
}
