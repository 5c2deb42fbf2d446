// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kernel gives the bits of the specification, whatever the shape. */
class KernelBitsTest {
  private static final int[] LENGTHS = {1, 15, 16, 17, 31, 32, 33, 2047, 2048, 2049, 4101};
  private static final int[] COUNTS = {1, 2, 26, 27, 28, 55};

  @ParameterizedTest
  @EnumSource
  void sameBitsFromEveryKernelAtTheEdgesOfBlocksTilesAndKeys(Distribution distribution) {
    for (int length : LENGTHS) {
      for (int count : COUNTS) {
        assertBits(new Basis(length * 31L - count, distribution, 0.07f, count, length));
      }
    }
  }

  @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
  void sameBitsFromEveryKernelForAnyShape(
      @ForAll long seed,
      @ForAll Distribution distribution,
      @ForAll float scale,
      @ForAll @IntRange(min = 1, max = 90) int count,
      @ForAll @IntRange(min = 1, max = 7000) int length) {
    assertBits(new Basis(seed, distribution, scale, count, length));
  }

  /** Large enough for the kernels to share the work, among more threads than there are tiles. */
  @ParameterizedTest
  @EnumSource
  void sameBitsFromEveryKernelOnAnyNumberOfThreads(Distribution distribution) {
    for (int threads : new int[] {1, 2, 3, 16}) {
      assertBits(new Basis(11, distribution, 1f, 60, 8200), threads);
      assertBits(new Basis(12, distribution, 1f, 12_345, 40), threads);
    }
  }

  /** Blocks of all sizes whole, cut, and far larger than what there is; tiles of project. */
  @ParameterizedTest
  @EnumSource(names = {"HADAMARD", "ONE_HOT"})
  void sameBitsFromEveryKernelAtTheEdgesOfStructuredBlocks(Distribution distribution) {
    for (int count :
        new int[] {1, 2, 3, 4, 7, 8, 9, 16, 17, 32, 33, 64, 65, 250, 500, 2000, 5000}) {
      for (int length : new int[] {1, 31, 33, 72, 255, 256, 257, 513, 4095, 4097, 12_289, 33_000}) {
        assertBits(new Basis(length - 7L * count, distribution, 0.3f, count, length));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameBitsFromEveryKernelWithZerosTinyAndHugeNumbers(Distribution distribution) {
    Basis basis = new Basis(5, distribution, 1f, 30, 70);
    float[] coefficients = new float[basis.count()];
    float[] gradient = new float[basis.length()];
    float[] values = {0f, -0f, Float.MIN_VALUE, -1e-40f, 1e-30f, 1e20f, -3e25f, 1e27f};
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = values[i % values.length];
      coefficients[i % coefficients.length] = gradient[i];
    }
    assertBits(basis, coefficients, gradient, 1);
    assertBits(basis, new float[basis.count()], new float[basis.length()], 1);
  }

  @ParameterizedTest
  @EnumSource
  void severalResultsHaveTheBitsOfSeparateCallsAtTheEdges(Distribution distribution) {
    for (int length : LENGTHS) {
      for (int count : new int[] {1, 3, 4, 5, 27, 28, 63, 64, 65, 130}) {
        Basis basis = new Basis(length - count * 17L, distribution, 0.07f, count, length);
        assertSameAsSeparate(basis, 2 + (length + count) % 3, 1);
      }
    }
  }

  @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
  void severalResultsHaveTheBitsOfSeparateCallsForAnyShape(
      @ForAll long seed,
      @ForAll Distribution distribution,
      @ForAll float scale,
      @ForAll @IntRange(min = 1, max = 300) int count,
      @ForAll @IntRange(min = 1, max = 7000) int length,
      @ForAll @IntRange(min = 0, max = 13) int results,
      @ForAll @IntRange(min = 1, max = 5) int threads) {
    assertSameAsSeparate(new Basis(seed, distribution, scale, count, length), results, threads);
  }

  @ParameterizedTest
  @EnumSource
  void severalResultsHaveTheBitsOfSeparateCallsOnAnyNumberOfThreads(Distribution distribution) {
    for (int threads : new int[] {1, 2, 3, 16}) {
      assertSameAsSeparate(new Basis(13, distribution, 1f, 61, 8200), 3, threads);
      assertSameAsSeparate(new Basis(14, distribution, 1f, 12_345, 40), 2, threads);
    }
  }

  /** The plain kernel's separate calls, which the tests above hold to the specification. */
  private static void assertSameAsSeparate(Basis basis, int results, int threads) {
    BasisKernel plain = BasisKernels.available(1).get(0);
    Random random = new Random(basis.seed());
    List<float[]> coefficients = gaussians(random, results, basis.count());
    List<float[]> gradients = gaussians(random, results, basis.length());
    for (BasisKernel kernel : BasisKernels.available(threads)) {
      List<float[]> mixes = gaussians(random, results, basis.length());
      List<float[]> projections = gaussians(random, results, basis.count());
      kernel.mix(basis, coefficients, mixes);
      kernel.project(basis, gradients, projections);
      for (int r = 0; r < results; r++) {
        String which = kernel.name() + ", result " + r + " of " + results + ", " + basis;
        float[] mix = new float[basis.length()];
        plain.mix(basis, coefficients.get(r), mix);
        assertArrayEquals(bits(mix), bits(mixes.get(r)), () -> "mix of " + which);
        float[] projection = new float[basis.count()];
        plain.project(basis, gradients.get(r), projection);
        assertArrayEquals(bits(projection), bits(projections.get(r)), () -> "project of " + which);
      }
    }
  }

  private static List<float[]> gaussians(Random random, int arrays, int length) {
    return Stream.generate(() -> Vectors.gaussians(random, length)).limit(arrays).toList();
  }

  private static void assertBits(Basis basis) {
    assertBits(basis, BasisKernels.threads());
  }

  private static void assertBits(Basis basis, int threads) {
    Random random = new Random(basis.seed());
    float[] coefficients = Vectors.gaussians(random, basis.count());
    assertBits(basis, coefficients, Vectors.gaussians(random, basis.length()), threads);
  }

  private static void assertBits(Basis basis, float[] coefficients, float[] gradient, int threads) {
    int[] mix = bits(BasisSpecification.mix(basis, coefficients));
    int[] project = bits(BasisSpecification.project(basis, gradient));
    for (BasisKernel kernel : BasisKernels.available(threads)) {
      float[] out = new float[basis.length()];
      Arrays.fill(out, Float.NaN);
      kernel.mix(basis, coefficients, out);
      assertArrayEquals(mix, bits(out), () -> "mix of " + kernel.name() + ", " + basis);
      out = new float[basis.count()];
      Arrays.fill(out, Float.NaN);
      kernel.project(basis, gradient, out);
      assertArrayEquals(project, bits(out), () -> "project of " + kernel.name() + ", " + basis);
    }
  }

  /** Signed zeros differ; NaN equals NaN. */
  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToIntBits(values[i]));
    return bits;
  }
}
