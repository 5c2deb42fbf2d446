// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The committed values of {@code docs/basis-v2.md}, as {@link GoldenValuesTest} has basis-v1's. */
class StructuredValuesTest {
  private static final long[] SEEDS = {0, 1, -1, Long.MAX_VALUE, 20240507};
  private static final int LAST = Integer.MAX_VALUE - 1;

  @Test
  void hadamardElementsAreThoseOfTheDocument() {
    List<String> rows = new ArrayList<>();
    for (long seed : SEEDS) {
      for (int count : new int[] {20, 3000}) {
        Basis basis = new Basis(seed, Distribution.HADAMARD, count, Integer.MAX_VALUE);
        for (int i : new int[] {0, count - 1}) {
          StringBuilder row =
              new StringBuilder(
                  String.format(Locale.ROOT, "| HADAMARD | %d | %d | %d |", seed, count, i));
          for (int e : new int[] {0, 1, 31, 32, 4095, LAST}) {
            float element = basis.element(i, e);
            assertEquals(BasisSpecification.element(basis, i, e), element);
            row.append(" `").append(Float.toHexString(element)).append("` |");
          }
          rows.add(row.toString());
        }
      }
    }
    SpecificationDocument.assertHolds(rows);
  }

  @Test
  void oneHotChoicesAreThoseOfTheDocument() {
    List<String> rows = new ArrayList<>();
    for (long seed : SEEDS) {
      for (int count : new int[] {20, 3000}) {
        Basis basis = new Basis(seed, Distribution.ONE_HOT, count, Integer.MAX_VALUE);
        StringBuilder row =
            new StringBuilder(String.format(Locale.ROOT, "| %d | %d |", seed, count));
        for (int e : new int[] {0, 1, 2, 3, LAST}) {
          row.append(' ').append(choice(basis, e)).append(" |");
        }
        rows.add(row.toString());
      }
    }
    SpecificationDocument.assertHolds(rows);
  }

  /** The only vector in which an element is not zero, with the element's sign. */
  private static String choice(Basis basis, int e) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < basis.count(); i++) {
      float element = basis.element(i, e);
      assertEquals(BasisSpecification.element(basis, i, e), element);
      if (element != 0) {
        assertEquals((float) Math.sqrt(basis.count() / 3.0), Math.abs(element));
        found.add((element > 0 ? "+" : "-") + i);
      }
    }
    assertEquals(1, found.size());
    return found.get(0);
  }

  @Test
  void mixAndProjectGiveTheNumbersOfTheDocument() {
    List<String> rows = new ArrayList<>();
    for (Distribution distribution :
        new Distribution[] {Distribution.HADAMARD, Distribution.ONE_HOT}) {
      for (int[] shape : new int[][] {{3, 100}, {250, 384}, {250, 72}, {2000, 40_000}}) {
        Basis basis = new Basis(1, distribution, 0.3f, shape[0], shape[1]);
        float[] coefficients = GoldenValuesTest.alternating(basis.count(), 1);
        float[] gradient = GoldenValuesTest.alternating(basis.length(), 3);
        float[] mix = BasisSpecification.mix(basis, coefficients);
        float[] project = BasisSpecification.project(basis, gradient);
        rows.add(row("mix", basis, mix));
        rows.add(row("project", basis, project));
        for (BasisKernel kernel : BasisKernels.available()) {
          float[] out = new float[basis.length()];
          kernel.mix(basis, coefficients, out);
          assertArrayEquals(mix, out, kernel.name());
          out = new float[basis.count()];
          kernel.project(basis, gradient, out);
          assertArrayEquals(project, out, kernel.name());
        }
      }
    }
    SpecificationDocument.assertHolds(rows);
  }

  private static String row(String operation, Basis basis, float[] values) {
    StringBuilder row =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "| %s | %s | %d | %d |",
                operation,
                basis.distribution(),
                basis.count(),
                basis.length()));
    for (int i : new int[] {0, 1, 2, values.length - 1}) {
      row.append(" `").append(Float.toHexString(values[i])).append("` |");
    }
    return row.append(" `").append(GoldenValuesTest.sha256(values), 0, 16).append("` |").toString();
  }
}
