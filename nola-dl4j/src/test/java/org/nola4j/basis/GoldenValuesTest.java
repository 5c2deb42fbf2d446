// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nola4j.internal.basis.Generator;

/**
 * The committed values: {@code docs/basis-v1.md} holds what {@link BasisSpecification} computes,
 * and the kernels compute the same. A failure prints the lines that the document should hold; after
 * a release it means that stored adapters have lost their bases.
 */
class GoldenValuesTest {
  private static final long[] SEEDS = {0, 1, -1, Long.MAX_VALUE, 20240507};
  private static final Distribution[] DISTRIBUTIONS = {Distribution.UNIFORM, Distribution.SIGN};
  private static final int LAST = Integer.MAX_VALUE - 1;

  @Test
  void keysAndWordsAreThoseOfTheDocument() {
    List<String> rows = new ArrayList<>();
    for (long seed : SEEDS) {
      for (int stream : new int[] {0, 1, LAST}) {
        long key = BasisSpecification.key(seed, stream);
        assertEquals(key, Generator.key(seed, stream));
        StringBuilder row =
            new StringBuilder(
                String.format(Locale.ROOT, "| %d | %d | `%016x` |", seed, stream, key));
        for (int w : new int[] {0, 1, 2, LAST}) {
          int word =
              Generator.word(
                  Generator.position(w), Generator.offset(key), Generator.multiplier(key));
          assertEquals(BasisSpecification.word(key, w), Integer.toUnsignedLong(word));
          row.append(String.format(Locale.ROOT, " `%08x` |", word));
        }
        rows.add(row.toString());
      }
    }
    SpecificationDocument.assertHolds(rows);
  }

  @Test
  void elementsAreThoseOfTheDocument() {
    List<String> rows = new ArrayList<>();
    for (Distribution distribution : DISTRIBUTIONS) {
      for (long seed : SEEDS) {
        Basis basis = new Basis(seed, distribution, Integer.MAX_VALUE, Integer.MAX_VALUE);
        for (int i : new int[] {0, 26, 27, LAST}) {
          StringBuilder row =
              new StringBuilder(
                  String.format(Locale.ROOT, "| %s | %d | %d |", distribution, seed, i));
          for (int e : new int[] {0, 15, 16, 31, 32, LAST}) {
            float element = basis.element(i, e);
            assertEquals(BasisSpecification.element(basis, i, e), element);
            row.append(
                distribution == Distribution.SIGN
                    ? String.format(Locale.ROOT, " %+.0f |", element)
                    : String.format(Locale.ROOT, " `%s` |", Float.toHexString(element)));
          }
          rows.add(row.toString());
        }
      }
    }
    SpecificationDocument.assertHolds(rows);
  }

  @Test
  void mixAndProjectGiveTheNumbersOfTheDocument() {
    List<String> rows = new ArrayList<>();
    for (Distribution distribution : DISTRIBUTIONS) {
      Basis basis = new Basis(1, distribution, 0.3f, 30, 2100);
      float[] coefficients = alternating(basis.count(), 1);
      float[] gradient = alternating(basis.length(), 3);
      float[] mix = BasisSpecification.mix(basis, coefficients);
      float[] project = BasisSpecification.project(basis, gradient);
      rows.add(row("mix", distribution, mix, 0, 15, 16, 2047, 2048, 2099));
      rows.add(row("project", distribution, project, 0, 1, 2, 26, 27, 29));
      for (BasisKernel kernel : BasisKernels.available()) {
        float[] out = new float[basis.length()];
        kernel.mix(basis, coefficients, out);
        assertArrayEquals(mix, out, kernel.name());
        out = new float[basis.count()];
        kernel.project(basis, gradient, out);
        assertArrayEquals(project, out, kernel.name());
      }
    }
    SpecificationDocument.assertHolds(rows);
  }

  @Test
  void derivedSeedsAreThoseOfTheDocument() {
    List<String> rows = new ArrayList<>();
    for (long seed : SEEDS) {
      StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "| %d |", seed));
      for (int index : new int[] {0, 1, -1, Integer.MAX_VALUE}) {
        long derived = Seeds.derive(seed, index);
        assertEquals(BasisSpecification.derive(seed, index), derived);
        row.append(String.format(Locale.ROOT, " `%016x` |", derived));
      }
      for (String name : new String[] {"layer0.W", "caf\u00e9"}) {
        long derived = Seeds.derive(seed, name);
        assertEquals(BasisSpecification.derive(seed, name), derived);
        row.append(String.format(Locale.ROOT, " `%016x` |", derived));
      }
      rows.add(row.toString());
    }
    SpecificationDocument.assertHolds(rows);
  }

  /** {@code 1/first, -1/(first+1), 1/(first+2), ...}, rounded to float. */
  static float[] alternating(int count, int first) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (i % 2 == 0 ? 1f : -1f) / (first + i);
    }
    return values;
  }

  private static String row(
      String operation, Distribution distribution, float[] values, int... shown) {
    StringBuilder row =
        new StringBuilder(String.format(Locale.ROOT, "| %s | %s |", operation, distribution));
    IntStream.of(shown)
        .forEach(
            i -> row.append(String.format(Locale.ROOT, " `%s` |", Float.toHexString(values[i]))));
    return row.append(String.format(Locale.ROOT, " `%s` |", sha256(values).substring(0, 16)))
        .toString();
  }

  /** Of the numbers' bits, little-endian. */
  static String sha256(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
