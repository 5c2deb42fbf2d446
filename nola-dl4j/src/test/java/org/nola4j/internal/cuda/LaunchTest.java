// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernel;
import org.nola4j.basis.BasisKernels;
import org.nola4j.basis.Distribution;

/** The layout of threads, in Java: what each one computes, and that it is the specification's. */
class LaunchTest {
  private static final int[] LENGTHS = {1, 15, 16, 17, 31, 32, 33, 2047, 2048, 2049, 4101};
  private static final int[] COUNTS = {1, 2, 26, 27, 28, 63, 64, 65, 130};

  @ParameterizedTest
  @EnumSource(names = {"UNIFORM", "SIGN"})
  void threadsOfAnyLayoutGiveTheBitsOfThePlainKernel(Distribution distribution) {
    BasisKernel plain = BasisKernels.available(1).get(0);
    for (int length : LENGTHS) {
      for (int count : COUNTS) {
        Basis basis = new Basis(length + count, distribution, 0.3f, count, length);
        Random random = new Random(count);
        float[] coefficients = gaussians(random, count);
        float[] gradient = gaussians(random, length);
        float[] mix = new float[length];
        float[] project = new float[count];
        plain.mix(basis, coefficients, mix);
        plain.project(basis, gradient, project);
        for (int multiprocessors : new int[] {1, 132}) {
          ThreadLayout layout = new ThreadLayout(basis, multiprocessors);
          assertBits(mix, layout.mix(coefficients), "mix", basis);
          assertBits(project, layout.project(gradient), "project", basis);
        }
      }
    }
  }

  /** With grids that the device takes. */
  @Property(tries = 500)
  void everyElementAndVectorHasItsThread(
      @ForAll boolean uniform,
      @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int count,
      @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int length,
      @ForAll @IntRange(min = 1, max = 200) int multiprocessors) {
    Distribution distribution = uniform ? Distribution.UNIFORM : Distribution.SIGN;
    Basis basis = new Basis(1, distribution, count, length);
    Launch mix = Launch.mix(basis, 1, multiprocessors);
    long words = (long) mix.gridX() * mix.threads() * ThreadLayout.last(mix.kernel());
    long needed = distribution == Distribution.UNIFORM ? (length + 31L) / 32 * 16 : length;
    assertTrue(words >= needed && words - needed < (long) mix.threads() * 4, mix.toString());
    Launch project = Launch.project(basis, Launch.tiles(basis), 1, multiprocessors);
    assertTrue((long) project.gridX() * Launch.TILE >= length, project.toString());
    assertTrue(project.gridY() <= 65_535, project.toString());
    assertTrue((long) Launch.addTiles(basis, 1).gridX() * 128 >= count);
  }

  @Test
  void smallShapesAreSpreadOverMoreBlocks() {
    Basis factor = new Basis(1, Distribution.UNIFORM, 1024, 784 * 4);
    assertEquals(new Launch("mix_uniform_1", 49, 1, 1, 32), Launch.mix(factor, 1, 132));
    assertEquals(new Launch("project_uniform_2", 2, 64, 1, 128), Launch.project(factor, 2, 1, 132));
    Basis large = new Basis(1, Distribution.UNIFORM, 2000, 2_359_296);
    assertEquals(new Launch("mix_uniform_4", 2304, 1, 1, 128), Launch.mix(large, 1, 132));
    assertEquals(
        new Launch("project_uniform_8", 1152, 32, 1, 128), Launch.project(large, 1152, 1, 132));
  }

  /**
   * Every element, pair and vector of a structured distribution has a thread, in grids that it
   * takes.
   */
  @Property(tries = 500)
  void everyPartOfAStructuredBasisHasItsThread(
      @ForAll boolean hadamard,
      @ForAll @IntRange(min = 1, max = 1 << 24) int count,
      @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int length,
      @ForAll @IntRange(min = 1, max = 9) int jobs) {
    Basis basis =
        new Basis(1, hadamard ? Distribution.HADAMARD : Distribution.ONE_HOT, count, length);
    LaunchPlan mix = LaunchPlan.mix(basis, jobs, 132, 1 << 24);
    LaunchPlan project = LaunchPlan.project(basis, jobs, 132, 1 << 24);
    if (Launch.isLarge(basis)) {
      long tiles = 0;
      for (LaunchPlan.Step step : mix.steps()) {
        long elements = (long) step.tiles() * basis.block();
        long perBlock =
            switch (step.launch().kernel()) {
              case "hadamard_spread" -> 256;
              case "hadamard_stage" -> 512;
              default -> Launch.PIECE;
            };
        assertEquals(elements, step.launch().gridX() * perBlock, step.toString());
        tiles += step.launch().kernel().equals("mix_hadamard") ? step.tiles() : 0;
      }
      assertEquals((length - 1L) / basis.block() + 1, tiles);
    } else {
      Launch launch = mix.steps().get(0).launch();
      long perBlock = hadamard ? Math.max(1024, basis.block()) : 256;
      assertEquals((length - 1L) / perBlock + 1, launch.gridX());
    }
    long end = 0;
    for (LaunchPlan.Step step : project.steps()) {
      assertTrue(step.launch().gridY() <= 65_535, step.toString());
      assertTrue(step.fromTile() == end || step.fromTile() + step.tiles() == end);
      end = Math.addExact(step.fromTile(), step.tiles());
      assertEquals(end * Launch.tile(basis) >= length, step.last());
    }
    assertTrue(end * Launch.tile(basis) >= length);
  }

  private static void assertBits(float[] expected, float[] found, String what, Basis basis) {
    for (int i = 0; i < expected.length; i++) {
      int index = i;
      assertEquals(
          Float.floatToIntBits(expected[i]),
          Float.floatToIntBits(found[i]),
          () -> what + " " + index + " of " + basis);
    }
  }

  private static float[] gaussians(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
