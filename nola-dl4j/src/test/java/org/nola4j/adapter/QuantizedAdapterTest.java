// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.layers.Bias;
import org.nola4j.layers.Methods;
import org.nola4j.layers.NolaDense;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Coefficients in a few bits, after training and in it. */
@Tag("slow")
class QuantizedAdapterTest {
  private static final Reparameterization NOLA = Nola.scratch(2, 5, 4);

  @TempDir private Path folder;

  static Stream<Reparameterization> methods() {
    return Methods.all();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void whatIsEvaluatedIsWhatTheFileHolds(Reparameterization method) throws IOException {
    MultiLayerNetwork network = Networks.perturb(Networks.small(method), 1);
    Adapter exact = Adapter.of(network);
    for (int bits = Quantizer.FEWEST_BITS; bits <= Quantizer.MOST_BITS; bits++) {
      Adapter quantized = exact.quantized(bits);
      quantized.applyTo(network);
      INDArray evaluated = network.output(Networks.input(12)).dup();
      for (Precision precision : Precision.values()) {
        Path file = folder.resolve("a.safetensors");
        quantized.write(file, precision);
        assertEquals(Files.size(file), quantized.bytes(precision));
        Adapter read = Adapter.read(file);
        assertEquals(quantized.rounded(precision), read);
        Path again = folder.resolve("again.safetensors");
        read.write(again, precision);
        assertEquals(-1, Files.mismatch(file, again));
        if (quantized.bits("0", vector(exact)).isPresent()) {
          assertArrayEquals(quantized.values("0", vector(exact)), read.values("0", vector(exact)));
        }
        if (precision == Precision.F32) {
          assertEquals(quantized, read);
          MultiLayerNetwork fresh = Networks.small(method);
          read.applyTo(fresh);
          assertArrayEquals(numbers(evaluated), numbers(fresh.output(Networks.input(12))));
        }
      }
    }
  }

  private static String vector(Adapter adapter) {
    return adapter.layers().get(0).shapes().keySet().iterator().next();
  }

  @Test
  void onlyCoefficientsAreQuantized() {
    Adapter exact = Adapter.of(Networks.perturb(Networks.graph(false), 1));
    Adapter quantized = exact.quantized(2);
    for (AdapterLayer layer : exact.layers()) {
      for (String parameter : layer.shapes().keySet()) {
        float[] before = exact.values(layer.name(), parameter);
        float[] after = quantized.values(layer.name(), parameter);
        boolean coefficient = List.of("alpha", "beta").contains(parameter) && layer.seed() != null;
        if (coefficient) {
          new Quantizer(2).round(before, before);
        }
        assertArrayEquals(before, after, layer.name() + " " + parameter);
        assertEquals(
            coefficient ? OptionalInt.of(2) : OptionalInt.empty(),
            quantized.bits(layer.name(), parameter));
        assertEquals(OptionalInt.empty(), exact.bits(layer.name(), parameter));
      }
    }
  }

  @Test
  void weightsOfTheDenseMethodStayFloats() {
    Adapter exact = Adapter.of(Networks.perturb(Networks.small(new Dense()), 1));
    assertEquals(exact, exact.quantized(4));
  }

  @Test
  void loraIsQuantizedOnBothFactors() {
    Adapter exact =
        Adapter.of(Networks.perturb(Networks.small(Lora.on(FrozenWeight.seeded(), 2)), 1));
    Adapter quantized = exact.quantized(3);
    for (String factor : List.of("A", "B")) {
      float[] expected = exact.values("1", factor);
      new Quantizer(3).round(expected, expected);
      assertArrayEquals(expected, quantized.values("1", factor));
    }
  }

  @Test
  void layersOfSeveralWeightsAndSharedCoefficients() throws IOException {
    for (Adapter exact :
        List.of(
            Adapter.of(Networks.perturb(Networks.twoWeights(Nola.release2024(2, 3, 5)), 1)),
            Adapter.of(Networks.perturb(Networks.tied(Pranc.scratch(5)), 1)))) {
      Adapter quantized = exact.quantized(5);
      assertNotEquals(exact, quantized);
      assertEquals(quantized, throughFile(quantized));
    }
  }

  @Test
  void quantizingAgainIsAllowedToFewerBitsAndChangesNothingToTheSame() {
    Adapter eight = Adapter.of(Networks.perturb(Networks.small(NOLA), 1)).quantized(8);
    assertEquals(eight, eight.quantized(8));
    assertEquals(eight.hashCode(), eight.quantized(8).hashCode());
    assertEquals(OptionalInt.of(4), eight.quantized(4).bits("0", "beta"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9, 32})
  void otherWidthsAreRefused(int bits) {
    Adapter adapter = Adapter.of(Networks.small(NOLA));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> adapter.quantized(bits))
            .getMessage()
            .contains("2 to 8 bits"));
  }

  /** One layer of 10,000 coefficients, with seeds and scales of every length. */
  @Test
  void bytesANumber() {
    for (int seed = 1; seed <= 10; seed++) {
      for (Reparameterization method :
          List.of(Nola.scratch(4, 5000, 5000), Nola.on(FrozenWeight.seeded(), 4, 5000, 5000))) {
        MultiLayerNetwork network =
            Networks.stack(seed, 784, Bias.NONE, List.of(256), List.of(method));
        Networks.perturb(network, seed);
        network.params().muli(Math.pow(10, seed - 6));
        Adapter adapter = Adapter.of(network);
        assertEquals(10_000, adapter.size());
        assertBytes(4.1, adapter.bytes(Precision.F32));
        assertBytes(2.1, adapter.bytes(Precision.F16));
        assertBytes(0.56, adapter.quantized(4).bytes(Precision.F32));
      }
    }
  }

  private static void assertBytes(double most, long bytes) {
    assertTrue(bytes <= most * 10_000, () -> bytes / 1e4 + " bytes a number, not " + most);
  }

  @Test
  void packedCodesTakeExactlyTheirBits() throws IOException {
    Adapter adapter =
        Adapter.of(Networks.perturb(Networks.mlp(Nola.scratch(4, 101, 17), Bias.FREE), 1));
    for (int bits = 2; bits <= 8; bits++) {
      long data = 0;
      for (int count : new int[] {101, 17, 101, 17}) {
        data += (bits * count + 7) / 8;
      }
      FileEdit file = FileEdit.of(FileEdit.bytes(adapter.quantized(bits), Precision.F32, folder));
      assertEquals(4 * 266 + data, file.data().length);
    }
  }

  /** The widths of both layers; those of the network's configuration, not of the adapter. */
  static Stream<int[]> widths() {
    return Stream.of(new int[] {3, 3}, new int[] {2, 8}, new int[] {4, 0});
  }

  @ParameterizedTest
  @MethodSource("widths")
  void trainedWithFewBitsNothingIsLost(int[] bits) throws IOException {
    for (Reparameterization method : Methods.all().toList()) {
      MultiLayerNetwork network = Networks.perturb(network(method, bits), 1);
      float[] expected = numbers(network.output(Networks.input(12)));
      Adapter adapter = throughFile(Adapter.of(network));
      assertEquals(Adapter.of(network), adapter);
      for (int layer = 0; layer < 2; layer++) {
        OptionalInt width = bits[layer] == 0 ? OptionalInt.empty() : OptionalInt.of(bits[layer]);
        assertEquals(width, adapter.bits("" + layer, vector(adapter)));
        assertEquals(OptionalInt.empty(), adapter.bits("" + layer, "b"));
      }
      MultiLayerNetwork same = network(method, bits);
      adapter.applyTo(same);
      assertArrayEquals(expected, numbers(same.output(Networks.input(12))));
      assertEquals(adapter, Adapter.of(same));
      MultiLayerNetwork plain = network(method, new int[2]);
      adapter.applyTo(plain);
      assertArrayEquals(expected, numbers(plain.output(Networks.input(12))));
    }
  }

  @Test
  void sameBitsAfterTrainingChangeNothing() {
    Adapter adapter = Adapter.of(Networks.perturb(network(NOLA, new int[] {3, 3}), 1));
    assertEquals(adapter, adapter.quantized(3));
  }

  /** To begin quantization-aware training from what was trained without. */
  @Test
  void aLayerWithBitsRoundsWhatItIsGiven() {
    MultiLayerNetwork plain = Networks.perturb(network(NOLA, new int[2]), 1);
    MultiLayerNetwork quantized = network(NOLA, new int[] {3, 3});
    Adapter.of(plain).applyTo(quantized);
    assertArrayEquals(numbers(plain.params()), numbers(quantized.params()));
    assertEquals(Adapter.of(plain).quantized(3), Adapter.of(quantized));
  }

  @Test
  void graphsToo() throws IOException {
    ComputationGraph graph = Networks.perturb(Networks.graph(false), 1);
    Adapter adapter = throughFile(Adapter.of(graph).quantized(4));
    ComputationGraph fresh = Networks.graph(false);
    adapter.applyTo(fresh);
    adapter.applyTo(graph);
    assertArrayEquals(
        numbers(graph.outputSingle(Networks.input(6))),
        numbers(fresh.outputSingle(Networks.input(6))));
  }

  /** Magnitudes of all kinds: tiny, huge, subnormal, zero. */
  @Test
  void magnitudesSurviveAsDecimals() throws IOException {
    Random random = new Random(3);
    MultiLayerNetwork network = Networks.small(NOLA);
    for (int i = 0; i < 300; i++) {
      float max = Math.abs(Float.intBitsToFloat(random.nextInt()));
      max = Float.isFinite(max) && i > 0 ? max : 0;
      if (i % 10 == 1) {
        max = random.nextInt(100) * Float.MIN_VALUE;
      }
      float[] alpha = {max, -max, max / 2, 0, -max / 5};
      network.setParam("0_alpha", Nd4j.createFromArray(alpha).reshape(1, 5));
      Adapter adapter = Adapter.of(network).quantized(4);
      assertEquals(adapter, throughFile(adapter));
    }
  }

  private static MultiLayerNetwork network(Reparameterization method, int[] bits) {
    NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder().seed(7).list();
    int[] sizes = {9, 4};
    for (int i = 0; i < sizes.length; i++) {
      list.layer(
          new NolaDense.Builder()
              .nOut(sizes[i])
              .reparameterization(method)
              .activation(Activation.TANH)
              .coefficientBits(bits[i])
              .build());
    }
    list.layer(new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(list.setInputType(InputType.feedForward(12)).build());
    network.init();
    return network;
  }

  private Adapter throughFile(Adapter adapter) throws IOException {
    Path file = folder.resolve("through.safetensors");
    adapter.write(file, Precision.F32);
    return Adapter.read(file);
  }

  private static float[] numbers(INDArray array) {
    return array.dup('c').data().asFloat();
  }
}
