// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.adapter.Precision;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Multiples and sums of adapters. */
class AdapterAlgebraTest {
  private static final MultiLayerNetwork BASE = base(3);
  private static final float TOLERANCE = 1e-5f;

  @TempDir private Path folder;

  private static MultiLayerNetwork base(long seed) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(seed)
                .activation(Activation.TANH)
                .list()
                .layer(new DenseLayer.Builder().name("fc").nOut(12).build())
                .layer(
                    new OutputLayer.Builder()
                        .name("out")
                        .activation(Activation.SOFTMAX)
                        .nOut(3)
                        .build())
                .setInputType(InputType.feedForward(10))
                .build());
    network.init();
    return network;
  }

  private static MultiLayerNetwork wrapped(
      long seed, Function<FrozenWeight, Reparameterization> method) {
    AdapterPlan plan = AdapterPlan.builder().adapt("fc", method).freeze("out").seed(seed).build();
    MultiLayerNetwork network = Adapters.wrap(BASE, plan).network();
    Nd4j.getRandom().setSeed(seed);
    network.setParams(Nd4j.randn(DataType.FLOAT, 1, network.numParams()).muli(0.3));
    return network;
  }

  /** An adapter of arbitrary numbers on layer fc; the head is frozen. */
  private static Adapter adapter(long seed, Function<FrozenWeight, Reparameterization> method) {
    return Adapter.of(wrapped(seed, method));
  }

  private static float[] combination(double s, float[] a, double t, float[] b) {
    float[] sum = new float[a.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = (float) (s * a[i] + t * b[i]);
    }
    return sum;
  }

  private static void assertIsSum(Adapter sum, double s, Adapter a, double t, Adapter b) {
    float[] expected = combination(s, a.delta("fc", "W"), t, b.delta("fc", "W"));
    assertArrayEquals(expected, sum.delta("fc", "W"), TOLERANCE);
    INDArray x = Nd4j.rand(DataType.FLOAT, 4, 10);
    MultiLayerNetwork plain = BASE.clone();
    plain.getLayer(0).getParam("W").addi(Nd4j.createFromArray(expected).reshape('c', 10, 12));
    assertTrue(
        plain.output(x).equalsWithEps(Adapters.wrap(BASE, sum).network().output(x), TOLERANCE));
  }

  @Property(tries = 20)
  void lowRankAdaptersGiveOneOfTheSumOfTheirRanks(
      @ForAll @DoubleRange(min = -2, max = 2) double s,
      @ForAll @DoubleRange(min = -2, max = 2) double t,
      @ForAll @IntRange(min = 1, max = 2) int rank) {
    Adapter a = adapter(1, w0 -> Nola.on(w0, rank, 5, 4).withC(3));
    Adapter b = adapter(2, w0 -> new Lora(2, 5, 1, w0));
    Adapter sum = Adapter.sum(List.of(a, b), s, t);
    assertIsSum(sum, s, a, t, b);
    assertEquals(rank + 2, ((Lora) sum.layers().get(0).weight("W").method()).rank());
  }

  @Test
  void ranksThatSaveNothingGiveTheChangeItself() {
    Adapter a = adapter(1, w0 -> Nola.on(w0, 4, 5, 4));
    Adapter b = adapter(2, w0 -> Lora.on(w0, 4));
    Adapter sum = Adapter.sum(List.of(a, b), 0.5, 2);
    assertIsSum(sum, 0.5, a, 2, b);
    assertTrue(sum.layers().get(0).weight("W").method() instanceof Dense);
  }

  @Test
  void adaptersThatAreLinearInTheirNumbersStayWhatTheyAre() {
    for (Function<FrozenWeight, Reparameterization> method :
        List.<Function<FrozenWeight, Reparameterization>>of(
            w0 -> Pranc.on(w0, 7), w0 -> new HashedNet(9, true, 1, w0), w0 -> new Dense(1, w0))) {
      MultiLayerNetwork network = wrapped(1, method);
      Adapter a = Adapter.of(network);
      network.params().muli(-0.7).addi(0.1);
      Adapter b = Adapter.of(network);
      Adapter sum = Adapter.sum(List.of(a, b), 0.25, 3);
      assertIsSum(sum, 0.25, a, 3, b);
      assertEquals(a.layers(), sum.layers());
      sum.applyTo(network); // it fits where its parts do
    }
  }

  @Test
  void anyTwoMethodsHaveASum() {
    Adapter a = adapter(1, w0 -> Pranc.on(w0, 7));
    Adapter b = adapter(2, w0 -> Pranc.on(w0, 7)); // of another seed
    Adapter c = adapter(2, w0 -> Nola.on(w0, 2, 5, 4));
    assertIsSum(Adapter.sum(List.of(a, b), 1, -1), 1, a, -1, b);
    assertIsSum(Adapter.sum(List.of(c, a), 0.5, 0.5), 0.5, c, 0.5, a);
  }

  @Test
  void aSumIsAnAdapterLikeAnyOther() throws Exception {
    Adapter a = adapter(1, w0 -> Nola.on(w0, 2, 5, 4));
    Adapter b = adapter(2, w0 -> Nola.on(w0, 1, 3, 3));
    Adapter sum = Adapter.sum(List.of(a, b), 0.5, 0.5);
    Path file = folder.resolve("sum.safetensors");
    sum.write(file, Precision.F32);
    assertEquals(sum, Adapter.read(file));
    PeftModule.LowRank module = (PeftModule.LowRank) PeftAdapter.of(sum).modules().get(0);
    assertEquals(3, module.rank());
    assertIsSum(sum.quantized(8).scaled(0), 0, a, 0, b);
  }

  @Test
  void whatWasTrainedDirectlyIsAveraged() {
    AdapterPlan plan = AdapterPlan.builder().adapt("fc", w0 -> Lora.on(w0, 1)).build();
    MultiLayerNetwork network = Adapters.wrap(BASE, plan).network();
    Adapter a = Adapter.of(network);
    network.params().muli(3);
    Adapter b = Adapter.of(network);
    float[] expected = combination(0.25, a.values("out", "W"), 0.75, b.values("out", "W"));
    Adapter average = Adapter.sum(List.of(a, b), 0.25, 0.75);
    assertArrayEquals(expected, average.values("out", "W"), 1e-6f);
    assertArrayEquals(a.values("out", "W"), Adapter.sum(List.of(a, a), 2, 1).values("out", "W"));
    assertEquals(
        "\"W\" of layer \"out\" was trained directly and differs, so it can only be averaged, but"
            + " the weights add up to 2.0 instead of 1",
        assertThrows(IllegalArgumentException.class, () -> Adapter.sum(List.of(a, b), 1, 1))
            .getMessage());
  }

  @Test
  void adaptersOfOtherNetworksAreNotSummed() {
    Adapter a = adapter(1, w0 -> Lora.on(w0, 1));
    AdapterPlan plan =
        AdapterPlan.builder().adapt("fc", w0 -> Lora.on(w0, 1)).freeze("out").build();
    Adapter other = Adapters.wrap(base(4), plan).adapter();
    assertThrows(AdapterMismatchException.class, () -> Adapter.sum(List.of(a, other), 1, 1));
    assertThrows(IllegalArgumentException.class, () -> Adapter.sum(List.of(a), 1, 1));
    assertThrows(IllegalArgumentException.class, () -> Adapter.sum(List.of(a), Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Adapter.sum(List.of(a), 1e300));
  }

  @Property(tries = 20)
  void aMultipleOfAnAdapterMultipliesItsChange(
      @ForAll @DoubleRange(min = -3, max = 3) double factor, @ForAll @IntRange(max = 4) int which) {
    List<Function<FrozenWeight, Reparameterization>> methods =
        List.of(
            w0 -> Nola.release2024(2, 5, 4).withW0(w0),
            w0 -> Lora.on(w0, 2),
            w0 -> Pranc.on(w0, 7),
            w0 -> new HashedNet(9, false, 1, w0),
            w0 -> new Dense(1, w0));
    MultiLayerNetwork network = wrapped(1, methods.get(which));
    Adapter adapter = Adapter.of(network);
    Adapter scaled = adapter.scaled(factor);
    assertIsSum(scaled, factor, adapter, 0, adapter);
    scaled.applyTo(network); // only its numbers differ
    assertEquals(scaled, Adapter.of(network));
  }

  @Test
  void powersOfTwoAreExactAndQuantizedNumbersStayQuantized() {
    Adapter adapter = adapter(1, w0 -> Nola.on(w0, 2, 5, 4));
    assertEquals(adapter, adapter.scaled(4).scaled(0.25));
    Adapter quantized = adapter.quantized(4);
    assertEquals(quantized.scaled(3), quantized.scaled(3).quantized(4));
    assertArrayEquals(new float[120], quantized.scaled(0).delta("fc", "W"));
  }

  @Test
  void factorsThatMakeNoSenseAreRefused() {
    Adapter adapter = adapter(1, w0 -> Nola.on(w0, 2, 5, 4));
    assertThrows(IllegalArgumentException.class, () -> adapter.scaled(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> adapter.scaled(1e200));
    assertThrows(IllegalArgumentException.class, () -> Adapter.of(BASE).scaled(2));
    assertNotEquals(adapter, adapter.scaled(2));
  }
}
