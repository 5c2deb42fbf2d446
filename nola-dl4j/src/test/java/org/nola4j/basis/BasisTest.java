// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BasisTest {
  @ParameterizedTest
  @EnumSource
  void elementsAreThoseOfTheSpecification(Distribution distribution) {
    Basis basis = new Basis(-7, distribution, 0.1f, 60, 70);
    for (int i = 0; i < basis.count(); i++) {
      for (int e = 0; e < basis.length(); e++) {
        assertEquals(BasisSpecification.element(basis, i, e), basis.element(i, e));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void growingKeepsTheElementsThatWereThere(Distribution distribution) {
    Basis small = new Basis(4, distribution, 30, 2050);
    Basis more = new Basis(4, distribution, 31, 2050);
    Basis longer = new Basis(4, distribution, 30, 2081);
    for (int i = 0; i < small.count(); i++) {
      float[] vector = small.vector(i);
      assertArrayEquals(vector, more.vector(i));
      assertArrayEquals(vector, Arrays.copyOf(longer.vector(i), small.length()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void growingTheLengthKeepsTheStartOfAMix(Distribution distribution) {
    float[] coefficients = Vectors.gaussians(new Random(1), 40);
    for (BasisKernel kernel : BasisKernels.available()) {
      float[] small = new float[2050];
      float[] longer = new float[2081];
      kernel.mix(new Basis(4, distribution, 40, small.length), coefficients, small);
      kernel.mix(new Basis(4, distribution, 40, longer.length), coefficients, longer);
      assertArrayEquals(small, Arrays.copyOf(longer, small.length), kernel.name());
    }
  }

  /** 31 to 32 vectors have the same blocks. */
  @Test
  void growingAHadamardBasisWithinItsBlockKeepsTheElementsThatWereThere() {
    Basis small = new Basis(4, Distribution.HADAMARD, 17, 2050);
    Basis more = new Basis(4, Distribution.HADAMARD, 32, 2081);
    for (int i = 0; i < small.count(); i++) {
      assertArrayEquals(small.vector(i), Arrays.copyOf(more.vector(i), small.length()));
    }
  }

  @Test
  void growingTheLengthOfAOneHotBasisKeepsTheElementsThatWereThere() {
    Basis small = new Basis(4, Distribution.ONE_HOT, 17, 2050);
    Basis longer = new Basis(4, Distribution.ONE_HOT, 17, 2081);
    for (int i = 0; i < small.count(); i++) {
      assertArrayEquals(small.vector(i), Arrays.copyOf(longer.vector(i), small.length()));
    }
  }

  /** Tiles end at the same elements whatever the count. */
  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void growingTheCountKeepsTheStartOfAProjection(Distribution distribution) {
    float[] gradient = Vectors.gaussians(new Random(1), 4200);
    for (BasisKernel kernel : BasisKernels.available()) {
      float[] small = new float[40];
      float[] more = new float[95];
      kernel.project(new Basis(4, distribution, small.length, 4200), gradient, small);
      kernel.project(new Basis(4, distribution, more.length, 4200), gradient, more);
      assertArrayEquals(small, Arrays.copyOf(more, small.length), kernel.name());
    }
  }

  @Test
  void uniformElementsAreOddMultiplesOfTwoToTheMinus15() {
    float[] vector = new Basis(1, Distribution.UNIFORM, 1, 100_000).vector(0);
    for (float element : vector) {
      assertEquals(1, Math.abs(element * 32768 % 2));
    }
  }

  @Test
  void varianceIsThatOfTheDistributionTimesTheScaleSquared() {
    assertEquals(0.25, new Basis(1, Distribution.SIGN, 0.5f, 2, 3).variance());
    double sum = 0;
    for (int odd = 1; odd < 32768; odd += 2) {
      sum += (double) odd * odd;
    }
    double variance = sum / 16384 * 0x1p-30;
    assertEquals(4 * variance, new Basis(1, Distribution.UNIFORM, 2f, 2, 3).variance(), 1e-12);
  }

  @Test
  void elementsAreCountedInLong() {
    assertEquals(3_072_000_000L, new Basis(1, Distribution.UNIFORM, 3_000_000, 1024).elements());
  }

  @Test
  void missingOrImpossibleSizesAreNamed() {
    assertMessage(
        "basis distribution must be given, one of [UNIFORM, SIGN, HADAMARD, ONE_HOT]",
        () -> new Basis(1, null, 1f, 2, 3));
    assertMessage(
        "a basis needs at least one vector of at least one element, but count = 0, length = 3",
        () -> new Basis(1, Distribution.SIGN, 0, 3));
    assertMessage(
        "a basis needs at least one vector of at least one element, but count = 2, length = -1",
        () -> new Basis(1, Distribution.SIGN, 2, -1));
    assertMessage(
        "a HADAMARD basis has at most 16777216 vectors, but count = 16777217",
        () -> new Basis(1, Distribution.HADAMARD, 16_777_217, 3));
    assertMessage(
        "basis scale must be finite, but is NaN",
        () -> new Basis(1, Distribution.SIGN, Float.NaN, 2, 3));
    assertMessage(
        "basis scale must be finite, but is -Infinity",
        () -> new Basis(1, Distribution.SIGN, Float.NEGATIVE_INFINITY, 2, 3));
  }

  @Test
  void elementsOutsideAreRefused() {
    Basis basis = new Basis(1, Distribution.UNIFORM, 2, 3);
    assertThrows(IndexOutOfBoundsException.class, () -> basis.element(2, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> basis.element(-1, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> basis.element(0, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> basis.vector(2));
  }

  @Test
  void arraysOfWrongLengthAreNamedWithBothLengths() {
    Basis basis = new Basis(1, Distribution.UNIFORM, 2, 3);
    for (BasisKernel kernel : BasisKernels.available()) {
      assertMessage(
          "coefficients must have one number per basis vector, 2, but has 3",
          () -> kernel.mix(basis, new float[3], new float[3]));
      assertMessage(
          "out must have one number per element, 3, but has 2",
          () -> kernel.mix(basis, new float[2], new float[2]));
      assertMessage(
          "gradient must have one number per element, 3, but has 4",
          () -> kernel.project(basis, new float[4], new float[2]));
      assertMessage(
          "out must have one number per basis vector, 2, but has 1",
          () -> kernel.project(basis, new float[3], new float[1]));
      assertMessage(
          "coefficients must have one number per basis vector, 2, but has 3",
          () -> kernel.mix(basis, new double[3], new double[3]));
      assertMessage(
          "gradient must have one number per element, 3, but has 4",
          () -> kernel.project(basis, new double[4], new double[2]));
    }
  }

  @Test
  void severalResultsNeedAsManyArraysOfTheRightLengths() {
    Basis basis = new Basis(1, Distribution.UNIFORM, 2, 3);
    List<BasisKernel> kernels = new ArrayList<>(BasisKernels.available());
    kernels.add(new OneByOne(kernels.get(0)));
    for (BasisKernel kernel : kernels) {
      assertMessage(
          "there must be as many arrays of coefficients as of out, but there are 1 and 2",
          () -> kernel.mix(basis, List.of(new float[2]), List.of(new float[3], new float[3])));
      assertMessage(
          "there must be as many arrays of out as of gradient, but there are 0 and 1",
          () -> kernel.project(basis, List.of(new float[3]), List.of()));
      assertMessage(
          "coefficients must have one number per basis vector, 2, but has 4",
          () ->
              kernel.mix(
                  basis, List.of(new float[2], new float[4]), List.of(new float[3], new float[3])));
      assertMessage(
          "gradient must have one number per element, 3, but has 5",
          () -> kernel.project(basis, List.of(new float[5]), List.of(new float[2])));
    }
  }

  @Test
  void aKernelMayComputeSeveralResultsOneByOne() {
    Basis basis = new Basis(1, Distribution.UNIFORM, 2, 3);
    BasisKernel kernel = new OneByOne(BasisKernels.active());
    List<float[]> mixes = List.of(new float[3], new float[3]);
    kernel.mix(basis, List.of(new float[] {1, 0}, new float[] {0, 1}), mixes);
    assertArrayEquals(basis.vector(0), mixes.get(0));
    assertArrayEquals(basis.vector(1), mixes.get(1));
    List<float[]> projections = List.of(new float[2]);
    kernel.project(basis, List.of(new float[] {0, 1, 0}), projections);
    assertArrayEquals(new float[] {basis.element(0, 1), basis.element(1, 1)}, projections.get(0));
  }

  /** A minimal kernel. */
  private record OneByOne(BasisKernel kernel) implements BasisKernel {
    @Override
    public String name() {
      return "one by one";
    }

    @Override
    public void mix(Basis basis, float[] coefficients, float[] out) {
      kernel.mix(basis, coefficients, out);
    }

    @Override
    public void project(Basis basis, float[] gradient, float[] out) {
      kernel.project(basis, gradient, out);
    }
  }

  private static void assertMessage(String expected, Executable call) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
