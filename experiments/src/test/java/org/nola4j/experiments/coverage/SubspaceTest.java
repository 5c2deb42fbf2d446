// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.nola4j.basis.Distribution;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

class SubspaceTest {
  private static final WeightShape SHAPE = new WeightShape(4, 3, 4);

  @Test
  void everyMethodSpansWhatItShould() {
    assertEquals(12, dimension(new Dense(), 20));
    assertEquals(5, dimension(Pranc.scratch(5), 20));
    assertEquals(12, dimension(Pranc.scratch(15), 20));
    assertEquals(1, dimension(Pranc.scratch(1), 20));
    assertEquals(12, dimension(new Lora(1, 1, 1, FrozenWeight.none()), 20));
    assertEquals(1, dimension(Nola.scratch(2, 1, 1), 20));
    assertEquals(6, dimension(Nola.scratch(2, 3, 2), 20));
    assertEquals(12, dimension(Nola.scratch(1, 4, 3), 20));
    assertEquals(5, dimension(new HashedNet(5, true, 1, FrozenWeight.none()), 20));
  }

  @Test
  void frozenWeightAndDistributionAndScaleChangeNothing() {
    assertEquals(6, dimension(Nola.on(FrozenWeight.seeded(), 2, 3, 2), 20));
    assertEquals(6, dimension(Nola.release2023(2, 3, 2), 20));
    assertEquals(6, dimension(Nola.release2023(2, 3, 2).withC(1e-6), 20));
    assertEquals(6, dimension(Nola.scratch(2, 3, 2).withDistribution(Distribution.SIGN), 20));
  }

  /** A0 B_j come on top of A_i B_j. */
  @Test
  void anchorAddsOneToTheFirstSide() {
    assertEquals(8, dimension(Nola.release2024(2, 3, 2), 20));
  }

  /** n points span n - 1 dimensions about their mean. */
  @Test
  void fewSamplesSpanLittle() {
    assertEquals(2, dimension(new Dense(), 3));
    assertEquals(0, dimension(new Dense(), 1));
  }

  @Test
  void toleranceIsRelativeToTheLargest() {
    var method = new Dense().factorize(SHAPE, 1);
    assertEquals(1, Subspace.dimension(method, 20, 1, 0.999_999));
    assertNotEquals(12, Subspace.dimension(method, 20, 1, 0.5));
  }

  private static int dimension(Reparameterization method, int samples) {
    return Subspace.dimension(method.factorize(SHAPE, 7), samples, 1, 1e-10);
  }
}
