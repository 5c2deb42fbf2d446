// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What mix and project are as linear maps; all bounds are the worst case of float rounding, 2^-24
 * relative to the sum of magnitudes for each operation in a row.
 */
class KernelAlgebraTest {
  private static final double ROUNDING = 0x1p-24;
  private static final int COUNT = 61;
  private static final int LENGTH = 5003;

  /**
   * Roundings on the way to a mix: two of the coefficient, the product, the sums; more than a
   * structured distribution's.
   */
  private static final double MIX_BOUND = (COUNT + 3) * ROUNDING;

  /** Roundings on the way to a projection: product, 64 sums per lane, the tree, the result. */
  private static final double PROJECT_BOUND = (1 + 64 + 5 + 1) * ROUNDING;

  private final Random random = new Random(3);

  static Stream<Arguments> kernelsAndDistributions() {
    return BasisKernels.available().stream()
        .flatMap(
            kernel ->
                Stream.of(Distribution.values())
                    .map(distribution -> Arguments.of(kernel, distribution)));
  }

  @ParameterizedTest
  @MethodSource("kernelsAndDistributions")
  void mixAndProjectAreCloseToDoublePrecision(BasisKernel kernel, Distribution distribution) {
    Basis basis = basis(distribution);
    float[] c = Vectors.gaussians(random, COUNT);
    float[] g = Vectors.gaussians(random, LENGTH);
    double[] mix = new double[LENGTH];
    double[] project = new double[COUNT];
    kernel.mix(basis, doubles(c), mix);
    kernel.project(basis, doubles(g), project);
    assertArrayEquals(
        mix,
        doubles(mix(kernel, basis, c)),
        MIX_BOUND * basis.scale() * basis.magnitude() * norm1(c));
    assertArrayEquals(
        project,
        doubles(project(kernel, basis, g)),
        PROJECT_BOUND * basis.scale() * basis.magnitude() * norm1(g));
  }

  @ParameterizedTest
  @MethodSource("kernelsAndDistributions")
  void mixIsLinear(BasisKernel kernel, Distribution distribution) {
    Basis basis = basis(distribution);
    float[] a = Vectors.gaussians(random, COUNT);
    float[] b = Vectors.gaussians(random, COUNT);
    float[] sum = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      sum[i] = a[i] + 3 * b[i];
    }
    float[] mixA = mix(kernel, basis, a);
    float[] mixB = mix(kernel, basis, b);
    double[] expected = new double[LENGTH];
    for (int e = 0; e < LENGTH; e++) {
      expected[e] = mixA[e] + 3.0 * mixB[e];
    }
    double bound = 2 * MIX_BOUND * basis.scale() * basis.magnitude() * (norm1(a) + 3 * norm1(b));
    assertArrayEquals(expected, doubles(mix(kernel, basis, sum)), bound);
  }

  @ParameterizedTest
  @MethodSource("kernelsAndDistributions")
  void projectIsTheTransposeOfMix(BasisKernel kernel, Distribution distribution) {
    Basis basis = basis(distribution);
    float[] c = Vectors.gaussians(random, COUNT);
    float[] g = Vectors.gaussians(random, LENGTH);
    double inElements = Vectors.dot(mix(kernel, basis, c), g);
    double inVectors = Vectors.dot(c, project(kernel, basis, g));
    double bound =
        (MIX_BOUND + PROJECT_BOUND) * basis.scale() * basis.magnitude() * norm1(c) * norm1(g);
    assertEquals(inElements, inVectors, bound);
  }

  /** No rounding is left to differ when one coefficient is one and the others are zero. */
  @ParameterizedTest
  @MethodSource("kernelsAndDistributions")
  void mixOfOneVectorIsThatVector(BasisKernel kernel, Distribution distribution) {
    Basis basis = basis(distribution);
    for (int i : new int[] {0, 1, 26, 27, 53, 54, COUNT - 1}) {
      float[] c = new float[COUNT];
      c[i] = 1f;
      assertArrayEquals(basis.vector(i), mix(kernel, basis, c));
    }
  }

  private static Basis basis(Distribution distribution) {
    return new Basis(8, distribution, 0.3f, COUNT, LENGTH);
  }

  private static float[] mix(BasisKernel kernel, Basis basis, float[] c) {
    float[] out = new float[basis.length()];
    kernel.mix(basis, c, out);
    return out;
  }

  private static float[] project(BasisKernel kernel, Basis basis, float[] g) {
    float[] out = new float[basis.count()];
    kernel.project(basis, g, out);
    return out;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static double norm1(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += Math.abs(value);
    }
    return sum;
  }
}
