// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.basis.Distribution;

class ReparameterizationTest {
  private static final WeightShape SHAPE = new WeightShape(300, 200, 300);
  private static final long SEED = 11;

  static Stream<Reparameterization> methods() {
    return org.nola4j.layers.Methods.all();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void pullBackIsTheTransposeOfExpansion(Reparameterization method) {
    for (Factor factor : method.factorize(new WeightShape(7, 5, 7), SEED).factors()) {
      LinearMap map = factor.map();
      double[] parameters = new double[map.parameters()];
      double[] gradient = new double[map.elements()];
      fill(parameters, 1);
      fill(gradient, 2);
      double[] elements = new double[map.elements()];
      double[] pulled = new double[map.parameters()];
      map.expand(parameters, elements);
      map.pullBack(gradient, pulled);
      assertEquals(dot(elements, gradient), dot(parameters, pulled), 1e-12);

      float[] floatElements = new float[map.elements()];
      float[] floatPulled = new float[map.parameters()];
      map.expand(toFloat(parameters), floatElements);
      map.pullBack(toFloat(gradient), floatPulled);
      assertArrayEquals(toFloat(elements), floatElements, 1e-5f);
      assertArrayEquals(toFloat(pulled), floatPulled, 1e-5f);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void survivesJson(Reparameterization method) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    String json = mapper.writeValueAsString(method);
    assertEquals(method, mapper.readValue(json, Reparameterization.class));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void equalSeedsGiveEqualWeightsAndOthersDoNot(Reparameterization method) {
    WeightShape shape = new WeightShape(20, 30, 20);
    Map<String, float[]> vectors = counting(method.factorize(shape, 1));
    float[] one = method.factorize(shape, 1).weight(vectors);
    assertArrayEquals(one, method.factorize(shape, 1).weight(vectors));
    boolean seeded =
        !(method instanceof Dense || method instanceof Lora)
            || !(method.w0() instanceof FrozenWeight.None);
    if (seeded) {
      assertTrue(!java.util.Arrays.equals(one, method.factorize(shape, 2).weight(vectors)));
    }
  }

  static Stream<Arguments> randomStarts() {
    FrozenWeight none = FrozenWeight.none();
    return Stream.of(
        Arguments.of("nola", Nola.scratch(4, 64, 64)),
        Arguments.of(
            "nola sign", Nola.scratch(16, 200, 200).withDistribution(Distribution.SIGN).withC(7)),
        Arguments.of("nola kaiming", Nola.scratch(8, 64, 64).withBasisScale(BasisScale.KAIMING)),
        Arguments.of(
            "pranc",
            new Pranc(
                50, Distribution.UNIFORM, BasisScale.UNIT, Pranc.Initialization.NORMAL, 1, none)),
        Arguments.of("pranc first", Pranc.scratch(50)),
        Arguments.of("hashednet", HashedNet.scratch(5000)),
        Arguments.of("lora", new Lora(8, 2, 1, none)),
        Arguments.of("dense", new Dense()),
        Arguments.of("seeded w0", Nola.on(FrozenWeight.seeded(), 4, 16, 16)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("randomStarts")
  void startsWithTheVarianceOfTheUsualInitialization(String name, Reparameterization method) {
    double sum = 0;
    for (int seed = 0; seed < 8; seed++) {
      double[] w = start(method, seed);
      sum += dot(w, w) / w.length / 8;
    }
    double expected = 1 / (3.0 * SHAPE.fanIn());
    assertEquals(1, sum / expected, 0.35, name); // few coefficients: the variance itself is random
  }

  static Stream<Reparameterization> startsAtW0() {
    FrozenWeight w0 = FrozenWeight.seeded();
    return Stream.of(
        Nola.on(w0, 2, 8, 8),
        Nola.release2024(2, 8, 8).withW0(w0),
        Lora.on(w0, 2),
        Pranc.on(w0, 8),
        new HashedNet(8, false, 1, w0),
        new Dense(1, w0),
        new Frozen(w0));
  }

  @ParameterizedTest
  @MethodSource("startsAtW0")
  void startsAtW0Exactly(Reparameterization method) {
    Factorization factorization = method.factorize(SHAPE, SEED);
    assertArrayEquals(factorization.frozenWeight(), factorization.weight(initial(factorization)));
  }

  @Test
  void paperPresetStartsTinyAsItsCodeDoes() {
    // The first release: m = n = 1024, r = 8, k = l = 1000, c = 1 gives about 1.4e-8
    WeightShape shape = new WeightShape(1024, 1024, 1024);
    Factorization factorization = Nola.release2023(8, 1000, 1000).factorize(shape, SEED);
    float[] w = factorization.weight(initial(factorization));
    double sum = 0;
    for (float value : w) {
      sum += (double) value * value;
    }
    assertEquals(1.4e-8, Math.sqrt(sum / w.length), 0.2e-8);
  }

  @Test
  void countsAreThePapers() {
    WeightShape first = new WeightShape(784, 256, 784);
    assertEquals(32, Nola.scratch(4, 16, 16).factorize(first, SEED).parameters());
    assertEquals(32, Pranc.scratch(32).factorize(first, SEED).parameters());
    assertEquals(1040, Lora.on(FrozenWeight.seeded(), 1).factorize(first, SEED).parameters());
    assertEquals(32, HashedNet.scratch(32).factorize(first, SEED).parameters());
    assertEquals(200_704, new Dense().factorize(first, SEED).parameters());
    assertEquals(0, new Frozen(FrozenWeight.seeded()).factorize(first, SEED).parameters());
    assertEquals(
        16 * 784 * 4 + 16 * 256 * 4,
        Nola.scratch(4, 16, 16).factorize(first, SEED).generatedElements());
    assertEquals(32 * 200_704, Pranc.scratch(32).factorize(first, SEED).generatedElements());
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertMessage(
        "frozen: w0 is the whole weight and must not be none",
        () -> new Frozen(FrozenWeight.none()));
    assertMessage("nola: rank must be at least 1, but is 0", () -> Nola.scratch(0, 1, 1));
    assertMessage("nola: l must be at least 1, but is -3", () -> Nola.scratch(1, 1, -3));
    assertMessage(
        "initialization ZERO needs an anchor",
        () -> Nola.scratch(1, 1, 1).withInitialization(Nola.Initialization.ZERO));
    assertMessage("pranc: k must be at least 1, but is 0", () -> Pranc.scratch(0));
    assertMessage("hashednet: buckets must be at least 1, but is 0", () -> HashedNet.scratch(0));
    assertMessage(
        "lora: rank must be at most 300 for a weight of 300 x 200, but is 301",
        () -> Lora.on(FrozenWeight.none(), 301).factorize(SHAPE, SEED));
    assertMessage(
        "seeded W0: gain must be a positive number in the range of float32, but is -1.0",
        () -> FrozenWeight.seeded(-1));
    assertMessage(
        "the given W0 has 3 elements, but the weight is 300 x 200 = 60000",
        () ->
            Nola.on(FrozenWeight.given(new float[3]), 1, 1, 1)
                .factorize(SHAPE, SEED)
                .frozenWeight());
  }

  private static void assertMessage(String part, Supplier<?> action) {
    IllegalArgumentException error = assertThrows(IllegalArgumentException.class, action::get);
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }

  private static double[] start(Reparameterization method, long seed) {
    Factorization factorization = method.factorize(SHAPE, seed);
    float[] w = factorization.weight(initial(factorization));
    double[] result = new double[w.length];
    for (int i = 0; i < w.length; i++) {
      result[i] = w[i];
    }
    return result;
  }

  private static Map<String, float[]> initial(Factorization factorization) {
    Map<String, float[]> vectors = new HashMap<>();
    factorization.factors().forEach(factor -> vectors.put(factor.parameter(), start(factor)));
    return vectors;
  }

  private static float[] start(Factor factor) {
    int length = factor.map().parameters();
    return toFloat(IntStream.range(0, length).mapToDouble(factor.initial()::at).toArray());
  }

  /** 1, 2, 3, ...: equal values would look the same in any order. */
  private static Map<String, float[]> counting(Factorization factorization) {
    Map<String, float[]> vectors = initial(factorization);
    for (float[] vector : vectors.values()) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = i + 1;
      }
    }
    return vectors;
  }

  private static void fill(double[] values, int step) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.sin(step + 3.7 * i);
    }
  }

  private static float[] toFloat(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
