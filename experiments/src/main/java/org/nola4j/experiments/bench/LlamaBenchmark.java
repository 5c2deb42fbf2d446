// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.WeightShape;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * Time and memory of a training step of a LLaMA of random weights with NOLA or LoRA on all seven
 * weights of every block: what parts of the step take how long. Weights are rounded to fewer bits
 * as they are made.
 */
public final class LlamaBenchmark implements Benchmark {
  private static final String MODEL = "--model";
  private static final String BLOCKS = "--blocks";
  private static final String TOKENS = "--tokens";
  private static final String BITS = "--bits";
  private static final String METHOD = "--method";
  private static final String STEPS = "--steps";
  private static final List<Column> COLUMNS =
      List.of(
          Column.text("part", "part"),
          Column.number("seconds", "seconds"),
          Column.number("share", "share"));

  private static final String NOLA = "nola";
  private static final List<String> METHODS = List.of(NOLA, "lora");
  private static final int FULL = 32;
  private static final int RANK = 16;
  private static final int BASES = 128;

  /** A first step compiles code and creates primitives. */
  private static final int WARM_UP = 1;

  @Override
  public String name() {
    return "llama";
  }

  @Override
  public String description() {
    return "a fine-tuning step of a LLaMA with a base of 8 bits, by part";
  }

  @Override
  public List<BenchmarkOption> options() {
    return List.of(
        BenchmarkOption.of(
            MODEL, "NAME", "7b", "Sizes: " + String.join(", ", LlamaShape.NAMES) + "."),
        BenchmarkOption.of(BLOCKS, "N", "the model's", "Blocks."),
        BenchmarkOption.of(TOKENS, "N", "256", "Tokens of the one sequence."),
        BenchmarkOption.of(
            BITS, "N", "8", "Bits of the blocks' frozen weights: 8, 16 (bfloat16) or 32."),
        BenchmarkOption.of(
            METHOD,
            "NAME",
            NOLA,
            "Adapters of rank %d: nola (k = l = %d) or lora.".formatted(RANK, BASES)),
        BenchmarkOption.of(STEPS, "N", "1", "Steps to measure, after one that is not."));
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    LlamaShape shape = shape(settings);
    int tokens = settings.count(TOKENS).orElse(256);
    int bits = settings.count(BITS).orElse(8);
    if (bits != 8 && bits != 16 && bits != FULL) {
      throw new UserException("%s must be 8, 16 or 32, was %d".formatted(BITS, bits));
    }
    int steps = settings.count(STEPS).orElse(1);
    String method = one(METHODS, METHOD, settings, NOLA);
    long begin = System.nanoTime();
    Adapters<ComputationGraph> adapters = adapters(shape, tokens, bits, method);
    double reading = seconds(begin);
    DataSet data = data(shape, tokens);
    for (int i = 0; i < WARM_UP; i++) {
      adapters.network().fit(data);
    }
    begin = System.nanoTime();
    Map<String, Double> shares;
    try (StepProfile profile = new StepProfile(Thread.currentThread())) {
      for (int i = 0; i < steps; i++) {
        adapters.network().fit(data);
      }
      shares = profile.shares();
    }
    double seconds = seconds(begin) / steps;
    List<List<Cell>> rows = new ArrayList<>();
    rows.add(row("step", seconds, 1));
    shares.forEach((part, share) -> rows.add(row(part, seconds * share, share)));
    long trained = adapters.parameters().trained();
    return new Table(
        "Training step of %s, %d blocks, random weights of %d bits, %s, one sequence of %d tokens"
            .formatted(shape.title(), shape.blocks(), bits, title(method), tokens),
        COLUMNS,
        rows,
        Stream.concat(
                Stream.of(
                    "%,d numbers trained; %,d in the blocks, %,d in embedding and head."
                        .formatted(trained, shape.inBlocks(), 2L * shape.words() * shape.width()),
                    memory(),
                    String.format(
                        Locale.ROOT,
                        "%.1f GFLOP/s of %.0f GFLOP a step: products with weights forward and"
                            + " backward, without attention. Weights made in %.0f s.",
                        shape.flops(tokens, RANK) * 1e-9 / seconds,
                        shape.flops(tokens, RANK) * 1e-9,
                        reading)),
                StepTimes.notes().stream().limit(1))
            .toList());
  }

  private static String memory() {
    OptionalLong peak = PeakMemory.bytes();
    return peak.isPresent()
        ? String.format(
            Locale.ROOT, "Peak resident memory %.2f GB (10^9 bytes).", peak.getAsLong() * 1e-9)
        : "Peak resident memory is known on Linux only.";
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) * 1e-9;
  }

  private static List<Cell> row(String part, double seconds, double share) {
    return List.of(Cell.of(part, part), Cell.number("%,.3f", seconds), Cell.number("%,.3f", share));
  }

  private static String title(String method) {
    return method.equals(NOLA)
        ? "NOLA r = %d, k = l = %d".formatted(RANK, BASES)
        : "LoRA r = %d".formatted(RANK);
  }

  private static String one(
      List<String> names, String option, BenchmarkSettings settings, String usual) {
    String name = settings.one(option).orElse(usual);
    if (!names.contains(name)) {
      throw new UserException(
          "%s must be one of %s, was %s%s"
              .formatted(option, String.join(", ", names), name, Suggestions.hint(name, names)));
    }
    return name;
  }

  private static LlamaShape shape(BenchmarkSettings settings) {
    LlamaShape shape = LlamaShape.named(one(LlamaShape.NAMES, MODEL, settings, "7b"));
    return settings.count(BLOCKS).isPresent()
        ? shape.withBlocks(settings.count(BLOCKS).getAsInt())
        : shape;
  }

  private static Adapters<ComputationGraph> adapters(
      LlamaShape shape, int tokens, int bits, String method) {
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt(
                "block.*",
                w0 -> method.equals(NOLA) ? Nola.on(w0, RANK, BASES, BASES) : Lora.on(w0, RANK))
            .updater(new Adam(1e-3))
            .frozenBits(bits == FULL ? 0 : bits)
            .build();
    try {
      return Adapters.read(
          shape.model(tokens).conf(), (layer, name) -> random(shape, layer, name), plan);
    } catch (OutOfMemoryError e) {
      throw new UserException(
          "not enough memory off the heap for the weights (%s): allow more, as with"
                  .formatted(e.getMessage())
              + " NOLA_JAVA_OPTS=-XX:MaxDirectMemorySize=12g, or lower --blocks",
          e);
    }
  }

  /** As wide as the initial weights of such a layer; norms are one. */
  private static INDArray random(LlamaShape shape, String layer, String parameter) {
    if (parameter.endsWith("gamma")) {
      return Nd4j.ones(1, shape.width());
    }
    WeightShape weight = shape.weight(parameter);
    INDArray matrix = Nd4j.createUninitialized(DataType.FLOAT, weight.rows(), weight.columns());
    FloatBuffer values = HostArrays.floats(matrix);
    SplittableRandom random = new SplittableRandom((layer + "." + parameter).hashCode());
    double bound = 1 / Math.sqrt(weight.fanIn());
    float[] row = new float[weight.columns()];
    while (values.hasRemaining()) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) (bound * (2 * random.nextDouble() - 1));
      }
      values.put(row);
    }
    return matrix;
  }

  private static DataSet data(LlamaShape shape, int tokens) {
    Random random = new Random(1);
    float[][] ids = new float[2][tokens];
    for (int i = 0; i < tokens; i++) {
      ids[0][i] = random.nextInt(shape.words());
      ids[1][i] = random.nextInt(shape.words());
    }
    return new DataSet(
        Nd4j.createFromArray(new float[][] {ids[0]}), Nd4j.createFromArray(new float[][] {ids[1]}));
  }
}
