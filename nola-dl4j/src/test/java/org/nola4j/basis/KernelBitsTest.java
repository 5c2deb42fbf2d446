package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
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
  void sameBitsFromEveryKernelAtTheEdgesOfBlocksTilesAndKeys(Law law) {
    for (int length : LENGTHS) {
      for (int count : COUNTS) {
        assertBits(new Basis(length * 31L - count, law, 0.07f, count, length));
      }
    }
  }

  @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
  void sameBitsFromEveryKernelForAnyShape(
      @ForAll long seed,
      @ForAll Law law,
      @ForAll float scale,
      @ForAll @IntRange(min = 1, max = 90) int count,
      @ForAll @IntRange(min = 1, max = 7000) int length) {
    assertBits(new Basis(seed, law, scale, count, length));
  }

  /** Large enough for the kernels to share the work, among more threads than there are tiles. */
  @ParameterizedTest
  @EnumSource
  void sameBitsFromEveryKernelOnAnyNumberOfThreads(Law law) {
    for (int threads : new int[] {1, 2, 3, 16}) {
      assertBits(new Basis(11, law, 1f, 60, 8200), threads);
      assertBits(new Basis(12, law, 1f, 12_345, 40), threads);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameBitsFromEveryKernelWithZerosTinyAndHugeNumbers(Law law) {
    Basis basis = new Basis(5, law, 1f, 30, 70);
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

  private static void assertBits(Basis basis) {
    assertBits(basis, BasisKernels.threads());
  }

  private static void assertBits(Basis basis, int threads) {
    Random random = new Random(basis.seed());
    float[] coefficients = Vectors.gaussians(random, basis.count());
    assertBits(basis, coefficients, Vectors.gaussians(random, basis.length()), threads);
  }

  private static void assertBits(Basis basis, float[] coefficients, float[] gradient, int threads) {
    int[] mix = new int[basis.length()];
    Arrays.setAll(mix, e -> Float.floatToIntBits(BasisSpecification.mix(basis, coefficients, e)));
    int[] project = new int[basis.count()];
    Arrays.setAll(
        project, i -> Float.floatToIntBits(BasisSpecification.project(basis, gradient, i)));
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
