// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One call of {@code mix} or {@code project}: the plain kernel against the Vector API's, and the
 * uniform distribution against signs, at the lengths of two factors (784 x 4, 1536 x 64) and of a 3
 * x 3 convolution of 512 channels that is not factorized.
 *
 * <p>Divide a time by {@code count * length * results} for the time per element. The basis is
 * generated anew in every call, as in training; {@code -prof gc} shows what a call allocates. All
 * threads of {@code -Dnola4j.threads} work on one call.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
@Fork(
    value = 1,
    jvmArgsPrepend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BasisBenchmark {
  /** The two operations of a kernel; both run over all elements of the basis. */
  public enum Operation {
    MIX,
    PROJECT
  }

  @Param public Distribution distribution;

  @Param({"plain", "vector"})
  public String kernel;

  @Param public Operation operation;

  @Param({"3136", "98304", "2359296"})
  public int length;

  @Param({"16", "256", "2000"})
  public int count;

  /** Vectors of coefficients, or gradients, that one call computes results for. */
  @Param("1")
  public int results;

  private Basis basis;
  private BasisKernel implementation;
  private List<float[]> perVector;
  private List<float[]> perElement;

  /** Finds the kernel and draws inputs. */
  @Setup
  public void prepare() {
    implementation =
        BasisKernels.available().stream()
            .filter(candidate -> candidate.name().startsWith(kernel))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no kernel " + kernel + " here"));
    basis = new Basis(1, distribution, count, length);
    Random random = new Random(1);
    perVector = Stream.generate(() -> gaussians(random, count)).limit(results).toList();
    perElement = Stream.generate(() -> gaussians(random, length)).limit(results).toList();
  }

  /** Returns the output, so that it cannot be optimized away. */
  @Benchmark
  public List<float[]> call() {
    if (operation == Operation.MIX) {
      implementation.mix(basis, perVector, perElement);
      return perElement;
    }
    implementation.project(basis, perElement, perVector);
    return perVector;
  }

  private static float[] gaussians(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
