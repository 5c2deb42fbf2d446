// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.basis.Distribution;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.WeightShape;

class ClosedFormTest {
  private static final double TOLERANCE = 1e-10;

  @ParameterizedTest
  @CsvSource({
    // d, n, NOLA, PRANC
    "16, 8, 16, 8",
    "16, 16, 64, 16",
    "16, 24, 144, 24",
    "16, 32, 256, 32",
    "16, 31, 240, 31",
    "16, 40, 256, 40",
    "16, 300, 256, 256",
    "2, 2, 1, 2",
    "2, 3, 2, 3"
  })
  void knownValues(int d, int n, long nola, long pranc) {
    assertEquals(nola, Construction.NOLA.closedForm(d, n, 1));
    assertEquals(nola, Construction.NOLA.closedForm(d, n, 2));
    assertEquals(pranc, Construction.PRANC.closedForm(d, n, 1));
  }

  @Test
  void oneSideThatIsAllThereIs() {
    // Every A_i of rank 1 adds the row space of B, so 4 columns at most of the 5 x 5.
    assertEquals(20, ClosedForm.nola(5, 1, 10, 4));
    // A single A of rank 2 maps all B into its own two columns.
    assertEquals(10, ClosedForm.nola(5, 2, 1, 10));
    assertEquals(1, ClosedForm.nola(5, 2, 1, 1));
  }

  /** Where the closed form is more than the dimension, theory says by how much, exactly. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void samplesHaveTheDimensionThatTheoryGives(int rank) {
    GeneralRepresentations theory = new GeneralRepresentations(rank);
    for (int d = rank; d <= 6; d++) {
      for (int k = 1; k <= 2 * d; k++) {
        for (int l = 1; l <= k; l++) {
          String where = "d %d, r %d, k %d, l %d".formatted(d, rank, k, l);
          assertEquals(theory.span(d, k, l), measured(d, rank, k, l), where);
        }
      }
    }
  }

  @Test
  void documentedShortfall() {
    assertEquals(190, ClosedForm.nola(14, 2, 19, 10));
    assertEquals(188, new GeneralRepresentations(2).span(14, 19, 10));
    assertEquals(188, measured(14, 2, 19, 10));
  }

  @Test
  void boundEverywhereAndExactInHalves() {
    for (int rank = 1; rank <= 3; rank++) {
      GeneralRepresentations theory = new GeneralRepresentations(rank);
      for (int d = rank; d <= 9; d++) {
        for (int k = 1; k <= 2 * d + 2; k++) {
          for (int l = 1; l <= 2 * d + 2; l++) {
            long bound = ClosedForm.nola(d, rank, k, l);
            long exact = theory.span(d, k, l);
            String where = "d %d, r %d, k %d, l %d".formatted(d, rank, k, l);
            assertTrue(bound >= exact && (bound == exact || rank == 2), where);
            assertTrue(bound == exact || Math.abs(k - l) > 1, where);
          }
        }
      }
    }
  }

  private static int measured(int d, int rank, int k, int l) {
    var method =
        Nola.scratch(rank, k, l)
            .withDistribution(Distribution.UNIFORM)
            .factorize(new WeightShape(d, d, d), 3);
    return Subspace.dimension(method, d * d + d * d / 4 + 1, 5, TOLERANCE);
  }
}
