// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizerTest {
  private static final int LONGEST = 70;

  /** Ordinary numbers, any bit patterns, and vectors whose magnitudes are all subnormal. */
  @Provide
  Arbitrary<float[]> vectors() {
    Arbitrary<Float> ordinary = Arbitraries.floats().between(-2, 2).ofScale(6);
    Arbitrary<Float> any =
        Arbitraries.integers().map(Float::intBitsToFloat).filter(x -> Float.isFinite(x));
    Arbitrary<Float> subnormal =
        Arbitraries.integers().between(-400, 400).map(x -> x * Float.MIN_VALUE);
    return Arbitraries.oneOf(
        ordinary.array(float[].class).ofMaxSize(LONGEST),
        any.array(float[].class).ofMaxSize(LONGEST),
        subnormal.array(float[].class).ofMaxSize(LONGEST));
  }

  @Property
  void errorIsAtMostHalfAStep(@ForAll("vectors") float[] values, @ForAll @Bits int bits) {
    Quantizer quantizer = new Quantizer(bits);
    float[] rounded = quantizer.quantize(values).dequantize();
    double max = max(values);
    double rounding = max * 0x1p-24 + Float.MIN_VALUE;
    double bound = max / (2.0 * quantizer.largestCode()) * (1 + 1e-12) + rounding;
    for (int i = 0; i < values.length; i++) {
      assertTrue(
          Math.abs((double) values[i] - rounded[i]) <= bound, values[i] + " became " + rounded[i]);
    }
  }

  @Property
  void theGreatestMagnitudeComesBackExactly(
      @ForAll("vectors") float[] values, @ForAll @Bits int bits) {
    assertEquals(max(values), max(new Quantizer(bits).quantize(values).dequantize()));
  }

  @Property
  void aSecondTimeChangesNothing(@ForAll("vectors") float[] values, @ForAll @Bits int bits) {
    QuantizedVector once = new Quantizer(bits).quantize(values);
    assertEquals(once, new Quantizer(bits).quantize(once.dequantize()));
    float[] rounded = rounded(bits, values);
    assertBits(rounded, rounded(bits, rounded));
  }

  @Property
  void aSecondTimeChangesNothingInDoublePrecision(
      @ForAll("vectors") float[] values, @ForAll @Bits int bits, @ForAll long seed) {
    Random random = new Random(seed);
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i] * (1 + random.nextDouble()));
    double[] once = new double[values.length];
    new Quantizer(bits).round(doubles, once);
    double[] twice = new double[values.length];
    new Quantizer(bits).round(once, twice);
    assertArrayEquals(once, twice, 0);
  }

  @Property
  void signsAreSymmetric(@ForAll("vectors") float[] values, @ForAll @Bits int bits) {
    float[] negative = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      negative[i] = -values[i];
    }
    QuantizedVector ofValues = new Quantizer(bits).quantize(values);
    QuantizedVector ofNegative = new Quantizer(bits).quantize(negative);
    assertEquals(ofValues.max(), ofNegative.max());
    for (int i = 0; i < values.length; i++) {
      assertEquals(-ofValues.code(i), ofNegative.code(i));
    }
  }

  @Property
  void roundIsQuantizeAndDequantize(@ForAll("vectors") float[] values, @ForAll @Bits int bits) {
    float[] expected = new Quantizer(bits).quantize(values).dequantize();
    assertBits(expected, rounded(bits, values));
    float[] inPlace = values.clone();
    new Quantizer(bits).round(inPlace, inPlace);
    assertBits(expected, inPlace);
  }

  /** The same codes; values differ by the last rounding only. */
  @Property
  void doublePrecisionGivesTheSame(@ForAll("vectors") float[] values, @ForAll @Bits int bits) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    new Quantizer(bits).round(doubles, doubles);
    float[] expected = rounded(bits, values);
    for (int i = 0; i < values.length; i++) {
      assertEquals(expected[i], (float) doubles[i]);
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "3, 3", "4, 7", "5, 15", "6, 31", "7, 63", "8, 127"})
  void levels(int bits, int largest) {
    Quantizer quantizer = new Quantizer(bits);
    assertEquals(largest, quantizer.largestCode());
    QuantizedVector vector = quantizer.quantize(new float[] {-3, 0, 3, 1e-9f});
    assertEquals(-largest, vector.code(0));
    assertEquals(0, vector.code(1));
    assertEquals(largest, vector.code(2));
    assertEquals(0, vector.code(3));
  }

  @Test
  void tiesGoToTheEvenCode() {
    QuantizedVector vector =
        new Quantizer(4).quantize(new float[] {14, 1, 3, 5, -1, -3, -5, 2.9f, 3.1f, 13});
    int[] codes = new int[vector.length()];
    Arrays.setAll(codes, vector::code);
    assertArrayEquals(new int[] {7, 0, 2, 2, 0, -2, -2, 1, 2, 6}, codes);
  }

  @Test
  void valuesAreRoundedAsSpecified() {
    float max = 0.3f;
    float[] values = new Quantizer(4).quantize(new float[] {max, 0.04f, -0.09f}).dequantize();
    assertBits(new float[] {max, (float) (1 / 7.0 * max), (float) (-2 / 7.0 * max)}, values);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 8})
  void zerosStayPositiveZeros(int bits) {
    float[] zeros = {0f, -0f, 0f};
    QuantizedVector vector = new Quantizer(bits).quantize(zeros);
    assertEquals(0f, vector.max());
    assertBits(new float[3], vector.dequantize());
    assertBits(new float[3], rounded(bits, zeros));
    assertBits(new float[] {1, 0}, rounded(bits, new float[] {1, -1e-3f}));
    assertEquals(0, new Quantizer(bits).quantize(new float[0]).dequantize().length);
  }

  @Test
  void numbersThatAreNotFiniteAreNamed() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      IllegalArgumentException error =
          assertThrows(
              IllegalArgumentException.class,
              () -> new Quantizer(4).quantize(new float[] {1, 2, bad, 4}));
      assertEquals("quantization needs finite numbers, but number 2 is " + bad, error.getMessage());
      assertBits(new float[] {Float.NaN, Float.NaN}, rounded(4, new float[] {1, bad}));
      double[] doubles = {1, bad};
      new Quantizer(4).round(doubles, doubles);
      assertArrayEquals(new double[] {Double.NaN, Double.NaN}, doubles);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 9})
  void otherWidthsAreRefused(int bits) {
    assertEquals(
        "quantization takes 2 to 8 bits per number, but bits = " + bits,
        assertThrows(IllegalArgumentException.class, () -> new Quantizer(bits)).getMessage());
  }

  @Property(tries = 300)
  void packingHoldsEveryCodeInExactlyTheBytesNeeded(
      @ForAll @IntRange(max = 200) int length, @ForAll @Bits int bits, @ForAll long seed) {
    int largest = new Quantizer(bits).largestCode();
    Random random = new Random(seed);
    float[] values = new float[length];
    int[] codes = new int[length];
    for (int i = 0; i < length; i++) {
      codes[i] = i == 0 ? -largest : random.nextInt(2 * largest + 1) - largest;
      values[i] = codes[i];
    }
    QuantizedVector vector = new Quantizer(bits).quantize(values);
    assertEquals((bits * length + 7) / 8, vector.packed().length);
    for (int i = 0; i < length; i++) {
      assertEquals(codes[i], vector.code(i));
    }
    assertArrayEquals(values, vector.dequantize(), largest * 0x1p-23f);
    assertEquals(vector, QuantizedVector.of(bits, length, vector.max(), vector.packed()));
  }

  @Test
  void theFirstCodeIsInTheLowestBits() {
    byte[] packed = new Quantizer(3).quantize(new float[] {-1, -3, -3}).packed();
    assertArrayEquals(new byte[] {0b01_101_111, 1}, packed);
  }

  @Test
  void partsThatNoQuantizerGivesAreRefused() {
    byte[] packed = new Quantizer(4).quantize(new float[] {1, -7, 3}).packed();
    assertEquals(QuantizedVector.of(4, 3, 7, packed).max(), 7f);
    assertRefused("3 codes of 4 bits do not fill 3 bytes", 4, 3, 7, new byte[3]);
    assertRefused("-1 codes of 4 bits do not fill 0 bytes", 4, -1, 7, new byte[0]);
    assertRefused("2 to 8 bits per number, but bits = 9", 9, 3, 7, packed);
    for (float max : new float[] {-7, -0f, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertRefused("a finite number from 0 on, but is " + max, 4, 3, max, packed);
    }
    assertRefused("end at -7 and 7, but code 1 is -8", 4, 3, 7, new byte[] {(byte) 0x87, 0});
    assertRefused("unused bits", 4, 3, 7, new byte[] {(byte) 0x97, 0x10});
    assertRefused("the greatest magnitude 7.0 is not", 4, 3, 7, new byte[] {0x16, 0});
    assertRefused("the greatest magnitude 7.0 is not", 4, 3, 7, new byte[2]);
    assertRefused("the greatest magnitude 0.0 is not", 4, 3, 0, packed);
  }

  private static void assertRefused(
      String message, int bits, int length, float max, byte[] packed) {
    String actual =
        assertThrows(
                IllegalArgumentException.class, () -> QuantizedVector.of(bits, length, max, packed))
            .getMessage();
    assertTrue(actual.contains(message), actual);
  }

  @Test
  void vectorsAreImmutable() {
    QuantizedVector vector = new Quantizer(8).quantize(new float[] {1, 2});
    vector.packed()[0] = 99;
    byte[] packed = vector.packed();
    QuantizedVector copy = QuantizedVector.of(8, 2, 2, packed);
    packed[0] = 99;
    assertEquals(vector, copy);
    assertEquals(vector.hashCode(), copy.hashCode());
    assertThrows(IllegalArgumentException.class, () -> vector.dequantize(new float[3]));
  }

  /** The parts of a bank of thousands of adapters. */
  @Test
  void aVectorTakesItsBytesAndAFewMore() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    byte[] codes = new byte[10_000];
    Quantizer quantizer = new Quantizer(4);
    QuantizedVector.pack(quantizer, 1, codes);
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    QuantizedVector vector = QuantizedVector.pack(quantizer, 1, codes);
    long took = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertEquals(5000, vector.packed().length);
    assertTrue(took <= 5000 + 64, () -> took + " bytes");
  }

  private static float max(float[] values) {
    float max = 0;
    for (float value : values) {
      max = Math.max(max, Math.abs(value));
    }
    return max;
  }

  private static float[] rounded(int bits, float[] values) {
    float[] rounded = new float[values.length];
    new Quantizer(bits).round(values, rounded);
    return rounded;
  }

  private static void assertBits(float[] expected, float[] actual) {
    assertTrue(
        Arrays.equals(expected, actual),
        () -> Arrays.toString(expected) + " is not " + Arrays.toString(actual));
  }
}
