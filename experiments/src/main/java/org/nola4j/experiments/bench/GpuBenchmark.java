// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;
import org.nola4j.basis.KernelUnavailableException;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Benchmark;
import org.nola4j.experiments.spi.BenchmarkOption;
import org.nola4j.experiments.spi.BenchmarkSettings;
import org.nola4j.internal.cuda.CudaBenchmark;

/**
 * Random bases on a GPU, with arrays in its memory: generating compared with reading. Those of the
 * CPU are measured by JMH, beside the library's kernels.
 */
public final class GpuBenchmark implements Benchmark {
  /**
   * Integer operations of {@code basis.cu} for an element of the distribution, with its share of
   * the hash.
   */
  private static final double UNIFORM_OPERATIONS = 4;

  private static final double SIGN_MIX_OPERATIONS = 1;
  private static final double SIGN_PROJECT_OPERATIONS = 2.4;

  /** Calls started before waiting: starting a call takes some microseconds. */
  private static final int CALLS = 20;

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("what", "what"),
          Column.text("law", "law"),
          Column.text("operation", "operation"),
          Column.number("vectors", "count"),
          Column.number("elements", "length"),
          Column.number("T elements/s", "teraElementsPerSecond"),
          Column.number("best", "bestTeraElementsPerSecond"),
          Column.number("limit", "limitTeraElementsPerSecond"),
          Column.number("ms", "medianMillis"));

  /** A shape to measure. */
  private record Size(int count, int length) {
    /**
     * A LoRA factor of a perceptron, one of ResNet18's largest convolution at r = 64, and that
     * convolution's whole kernel.
     */
    static final List<Size> ALL =
        List.of(new Size(1024, 784 * 4), new Size(2000, 1536 * 64), new Size(2000, 512 * 4608));
  }

  @Override
  public String name() {
    return "gpu";
  }

  @Override
  public String description() {
    return "random basis elements that a GPU generates and uses per second, compared with reading a"
        + " stored basis";
  }

  @Override
  public List<BenchmarkOption> options() {
    return List.of();
  }

  @Override
  public Table run(BenchmarkSettings settings) {
    double seconds = settings.seconds();
    try (CudaBenchmark gpu = CudaBenchmark.open()) {
      List<List<Cell>> rows = new ArrayList<>();
      for (Size size : Size.ALL) {
        for (Distribution distribution : Distribution.values()) {
          Basis basis = new Basis(1, distribution, 1f, size.count(), size.length());
          add(
              rows,
              gpu.kernel(),
              basis,
              "mix",
              limit(gpu, basis, SIGN_MIX_OPERATIONS),
              gpu.mix(basis, CALLS),
              seconds);
          add(
              rows,
              gpu.kernel(),
              basis,
              "project",
              limit(gpu, basis, SIGN_PROJECT_OPERATIONS),
              gpu.project(basis, CALLS),
              seconds);
        }
      }
      Size size = Size.ALL.get(1);
      Basis stored = new Basis(1, Distribution.UNIFORM, size.count(), size.length());
      for (boolean half : new boolean[] {true, false}) {
        add(
            rows,
            half ? "stored float16" : "stored float32",
            stored,
            "mix",
            gpu.gigabytesPerSecond() / (half ? 2 : 4),
            gpu.mixStored(half, size.count(), size.length(), CALLS),
            seconds);
      }
      return new Table(
          "Generating random bases on a GPU: " + gpu.device(),
          COLUMNS,
          rows,
          List.of(
              "Arrays are in GPU memory. Times are per call, for %d calls in a row."
                  .formatted(CALLS),
              "Limits: 64 integer operations per multiprocessor and clock, of which a uniform"
                  + " element takes"
                  + " %s and a sign %s (mix) or %s (project); for stored bases and structured"
                      .formatted(UNIFORM_OPERATIONS, SIGN_MIX_OPERATIONS, SIGN_PROJECT_OPERATIONS)
                  + " distributions, memory bandwidth, where a structured mix only writes its"
                  + " result."));
    } catch (KernelUnavailableException e) {
      throw new UserException("the kernel cuda is not available: " + e.getMessage(), e);
    }
  }

  /** The upper limit of elements per second, in billions. */
  private static double limit(CudaBenchmark gpu, Basis basis, double signOperations) {
    return switch (basis.distribution()) {
      case UNIFORM -> gpu.gigaIntegerOperations() / UNIFORM_OPERATIONS;
      case SIGN -> gpu.gigaIntegerOperations() / signOperations;
      case HADAMARD, ONE_HOT -> gpu.gigabytesPerSecond() / Float.BYTES * basis.count();
    };
  }

  private static void add(
      List<List<Cell>> rows,
      String what,
      Basis basis,
      String operation,
      double gigaLimit,
      Runnable calls,
      double seconds) {
    Stopwatch.Times times = Stopwatch.time(seconds, calls);
    double elements = (double) CALLS * basis.elements() * 1e-9;
    String distribution =
        what.startsWith("stored") ? "" : DistributionNames.name(basis.distribution());
    rows.add(
        List.of(
            Cell.of(what, what),
            Cell.of(distribution, distribution),
            Cell.of(operation, operation),
            Cell.number("%,d", basis.count()),
            Cell.number("%,d", basis.length()),
            Cell.number("%.2f", elements / times.median()),
            Cell.number("%.2f", elements / times.min()),
            Cell.number("%.2f", gigaLimit * 1e-3),
            Cell.number("%.4f", times.median() / CALLS)));
  }
}
