// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernel;
import org.nola4j.basis.BasisKernels;
import org.nola4j.basis.Distribution;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;

/**
 * Elements generated and used a second, by kernel, distribution, operation and threads, beside
 * reading a stored float32 basis from memory and multiplying with it.
 */
public final class BasisBenchmark implements Benchmark {
  /** A factor of ResNet18's largest convolution: 1536 x 64. */
  private static final int LENGTH = 1536 * 64;

  private static final int COUNT = 500;

  private static final String VECTORS = "--vectors";

  /** 200 MB: far beyond every cache. */
  private static final int STORED = 50_000_000;

  private static final String LAYERS = "--layers";
  private static final String KERNEL = "--kernel";
  private static final String CUDA = "cuda";

  private static final List<BenchmarkOption> OPTIONS =
      List.of(
          BenchmarkOption.of(
              VECTORS,
              "N",
              Integer.toString(COUNT),
              "Number of basis vectors, that is, of coefficients."),
          BenchmarkOption.list(
              LAYERS,
              "N",
              "1",
              "Number of layers that share the basis, each with its own coefficients; repeatable,"
                  + " or N,N."),
          BenchmarkOption.of(
              KERNEL,
              "NAME",
              "all of the CPU's",
              "Kernel to measure: plain, vector, or cuda, which is measured on arrays in GPU"
                  + " memory."));

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("what", "what"),
          Column.text("law", "law"),
          Column.text("operation", "operation"),
          Column.number("threads", "threads"),
          Column.number("layers", "layers"),
          Column.number("G elements/s", "gigaElementsPerSecond"),
          Column.number("best", "bestGigaElementsPerSecond"),
          Column.number("M outputs/s", "megaOutputsPerSecond"));

  @Override
  public String name() {
    return "basis";
  }

  @Override
  public String description() {
    return "random basis elements generated and used per second, compared with reading a stored"
        + " basis";
  }

  @Override
  public List<BenchmarkOption> options() {
    return OPTIONS;
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    double seconds = settings.seconds();
    String wanted = settings.one(KERNEL).orElse("");
    if (wanted.equals(CUDA)) {
      if (!settings.counts(LAYERS).isEmpty()) {
        throw new UserException(LAYERS + " does not apply to " + KERNEL + " cuda; leave it out");
      }
      if (settings.count(VECTORS).isPresent()) {
        throw new UserException(VECTORS + " is fixed with " + KERNEL + " cuda; leave it out");
      }
      return CudaBasisBenchmark.run(seconds);
    }
    List<Integer> layers = settings.counts(LAYERS);
    int count = settings.count(VECTORS).orElse(COUNT);
    List<List<Cell>> rows = new ArrayList<>();
    int all = Runtime.getRuntime().availableProcessors();
    for (int threads : all == 1 ? new int[] {1} : new int[] {1, all}) {
      for (Distribution distribution : Distribution.values()) {
        for (BasisKernel kernel : kernels(wanted, threads)) {
          for (int sharing : layers.isEmpty() ? List.of(1) : layers) {
            Basis basis = new Basis(1, distribution, 1f / count, count, LENGTH);
            measure(rows, kernel, basis, threads, sharing, seconds);
          }
        }
      }
      stored(rows, threads, seconds);
    }
    return new Table(
        String.format(
            Locale.ROOT, "Generating random bases: %,d vectors of %,d elements", count, LENGTH),
        COLUMNS,
        rows,
        List.of(
            "Each element is generated once for all layers, then multiplied and added for each. G/s"
                + " counts the multiplications in the median call; best is the fastest call.",
            "M outputs/s counts elements of a mix, or of a gradient. Structured distributions"
                + " generate no basis element: their G/s are those of an unstructured basis of the"
                + " same size.",
            "Limits: uniform takes 13 vector operations to generate two vectors of elements and 4"
                + " more per layer; sign takes about 1.4 per vector and layer; a stored basis is"
                + " limited by memory bandwidth (4 bytes per element)."));
  }

  private static List<BasisKernel> kernels(String wanted, int threads) {
    List<BasisKernel> all = BasisKernels.available(threads);
    List<BasisKernel> named =
        all.stream().filter(kernel -> kernel.name().startsWith(wanted)).toList();
    if (named.isEmpty()) {
      throw new UserException(
          "%s must be one of %s or cuda on this machine, was %s"
              .formatted(KERNEL, all.stream().map(BasisKernel::name).toList(), wanted));
    }
    return named;
  }

  private static void measure(
      List<List<Cell>> rows,
      BasisKernel kernel,
      Basis basis,
      int threads,
      int layers,
      double seconds) {
    int count = basis.count();
    List<float[]> coefficients = Collections.nCopies(layers, random(count));
    List<float[]> elements = Collections.nCopies(layers, random(LENGTH));
    List<float[]> out = Stream.generate(() -> new float[LENGTH]).limit(layers).toList();
    List<float[]> gradients = Stream.generate(() -> new float[count]).limit(layers).toList();
    add(
        rows,
        kernel.name(),
        DistributionNames.name(basis.distribution()),
        "mix",
        threads,
        layers,
        basis.elements(),
        Stopwatch.time(seconds, () -> kernel.mix(basis, coefficients, out)));
    add(
        rows,
        kernel.name(),
        DistributionNames.name(basis.distribution()),
        "project",
        threads,
        layers,
        basis.elements(),
        Stopwatch.time(seconds, () -> kernel.project(basis, elements, gradients)));
  }

  /** The same multiplication with stored elements. */
  private static void stored(List<List<Cell>> rows, int threads, double seconds) {
    float[] basis = new float[STORED];
    int count = STORED / LENGTH;
    float[] coefficients = random(count);
    float[] out = new float[LENGTH];
    int tile = 2048;
    Runnable shared =
        () ->
            IntStream.range(0, LENGTH / tile)
                .parallel()
                .forEach(part -> mixStored(basis, coefficients, out, part * tile, tile));
    Runnable serial =
        () -> {
          for (int from = 0; from < LENGTH; from += tile) {
            mixStored(basis, coefficients, out, from, tile);
          }
        };
    add(
        rows,
        "stored float32",
        "",
        "mix",
        threads,
        1,
        (long) count * LENGTH,
        Stopwatch.time(seconds, threads == 1 ? serial : shared));
  }

  private static void mixStored(
      float[] basis, float[] coefficients, float[] out, int from, int count) {
    java.util.Arrays.fill(out, from, from + count, 0f);
    for (int i = 0; i < coefficients.length; i++) {
      addScaled(basis, i * LENGTH + from, coefficients[i], out, from, count);
    }
  }

  private static void addScaled(float[] basis, int at, float c, float[] out, int from, int count) {
    for (int e = 0; e < count; e++) {
      out[from + e] += c * basis[at + e];
    }
  }

  private static void add(
      List<List<Cell>> rows,
      String what,
      String distribution,
      String operation,
      int threads,
      int layers,
      long elements,
      Stopwatch.Times times) {
    double median = layers * elements / times.median() * 1e-6;
    double best = layers * elements / times.min() * 1e-6;
    double outputs = layers * LENGTH / times.median() * 1e-3;
    rows.add(
        List.of(
            Cell.of(what, what),
            Cell.of(distribution, distribution),
            Cell.of(operation, operation),
            Cell.of(Integer.toString(threads), threads),
            Cell.of(Integer.toString(layers), layers),
            Cell.number("%.2f", median),
            Cell.number("%.2f", best),
            Cell.number("%.1f", outputs)));
  }

  private static float[] random(int length) {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }
}
