// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.adapter.Precision;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Frozen weights of 8-bit integers and of bfloat16 in networks of dense layers. */
class FrozenBitsTest {
  private static final int INPUTS = 40;

  private final MultiLayerNetwork trained = trained();
  private final INDArray x = Nd4j.randn(30, INPUTS);
  private final DataSet data = new DataSet(x, labels(30));

  private static Reparameterization nola(FrozenWeight w0) {
    return Nola.on(w0, 3, 20, 20);
  }

  static Stream<Function<FrozenWeight, Reparameterization>> methods() {
    return Stream.of(
        FrozenBitsTest::nola, w0 -> Lora.on(w0, 2), w0 -> Pranc.on(w0, 13), w0 -> new Dense(1, w0));
  }

  /** Layer b has no adapter, and neither has c a bias. */
  private static AdapterPlan plan(
      Function<FrozenWeight, Reparameterization> method, int frozenBits) {
    return AdapterPlan.builder()
        .adapt("[ac]", method)
        .updater(new Adam(0.01))
        .frozenBits(frozenBits)
        .build();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void computesAndLearnsAsAFloatNetworkOfTheRoundedWeightsDoes(
      Function<FrozenWeight, Reparameterization> method) {
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(trained, plan(method, 8));
    MultiLayerNetwork rounded = adapters.unmerge();
    Adapters<MultiLayerNetwork> floats = Adapters.wrap(rounded, plan(method, 0));
    assertClose(rounded.output(x), adapters.network().output(x), 1e-5);
    for (int step = 0; step < 4; step++) {
      adapters.network().fit(data);
      floats.network().fit(data);
      assertClose(
          floats.network().gradient().gradient(), adapters.network().gradient().gradient(), 1e-3);
      adapters.network().setParams(floats.network().params());
    }
    assertClose(floats.network().output(x), adapters.network().output(x), 1e-5);
    assertClose(adapters.network().output(x), adapters.merge().output(x), 1e-4);
    assertClose(rounded.output(x), adapters.unmerge().output(x), 0);
  }

  /** A trained rank above a few rows' would be formed if W0 were float32. */
  @Test
  void fewRowsGiveWhatManyDo() {
    MultiLayerNetwork network = Adapters.wrap(trained, plan(w0 -> Lora.on(w0, 24), 8)).network();
    network.fit(data);
    INDArray one = network.output(x.getRow(3, true));
    assertClose(network.output(x).getRow(3, true), one, 1e-5);
  }

  @Test
  void weightsMoveByAtMostHalfAScaleAndOutputsLittle() {
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(trained, plan(FrozenBitsTest::nola, 8));
    MultiLayerNetwork rounded = adapters.unmerge();
    for (String name : new String[] {"0_W", "1_W", "2_W"}) {
      INDArray weight = trained.getParam(name);
      for (int j = 0; j < weight.columns(); j++) {
        INDArray column = weight.getColumn(j);
        double half = column.amaxNumber().doubleValue() / 254;
        double moved = column.sub(rounded.getParam(name).getColumn(j)).amaxNumber().doubleValue();
        assertTrue(moved <= 1.0001 * half, name + " " + j + ": " + moved + ", " + half);
      }
      assertNotEquals(weight, rounded.getParam(name));
    }
    assertEquals(trained.getParam("3_W"), rounded.getParam("3_W"), "trained directly");
    double far = rounded.output(x).sub(trained.output(x)).amaxNumber().doubleValue();
    assertTrue(far > 0 && far < 0.02, "probabilities differ by " + far);
  }

  /** Inputs and gradients may be rounded too, by 2^-8 of each number at most. */
  @ParameterizedTest
  @MethodSource("methods")
  void bfloat16ComputesAndLearnsNearlyAsFloats(Function<FrozenWeight, Reparameterization> method) {
    AdapterPlan.Builder plan = AdapterPlan.builder().adapt("[ac]", method).updater(new Sgd(0.1));
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(trained, plan.frozenBits(16).build());
    MultiLayerNetwork rounded = adapters.unmerge();
    Adapters<MultiLayerNetwork> floats = Adapters.wrap(rounded, plan.frozenBits(0).build());
    assertNotEquals(trained.getParam("0_W"), rounded.getParam("0_W"));
    assertClose(trained.getParam("0_W"), rounded.getParam("0_W"), 1.0 / 256);
    for (int step = 0; step < 4; step++) {
      assertClose(floats.network().output(x), adapters.network().output(x), 4e-3);
      adapters.network().fit(data);
      floats.network().fit(data);
      assertClose(
          floats.network().gradient().gradient(), adapters.network().gradient().gradient(), 1e-2);
      adapters.network().setParams(floats.network().params());
    }
    assertClose(adapters.network().output(x), adapters.merge().output(x), 4e-3);
    assertClose(rounded.output(x), adapters.unmerge().output(x), 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void copiesBanksModelsAndFilesGiveTheSameBits(int bits, @TempDir Path folder) throws IOException {
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(trained, plan(FrozenBitsTest::nola, bits));
    adapters.network().fit(data);
    INDArray expected = adapters.network().output(x);
    assertEquals(expected, adapters.network().clone().output(x));
    AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(adapters.network()).copies(2).build();
    bank.put("one", adapters.adapter());
    assertEquals(expected, bank.output("one", x));
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    ModelSerializer.writeModel(adapters.network(), model, true);
    MultiLayerNetwork restored =
        ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(model.toByteArray()));
    assertEquals(expected, restored.output(x));
    MultiLayerConfiguration conf = adapters.network().getLayerWiseConfigurations();
    assertEquals(conf, MultiLayerConfiguration.fromJson(conf.toJson()));
    Path file = folder.resolve("adapter.safetensors");
    adapters.adapter().write(file, Precision.F32);
    assertEquals(expected, Adapters.wrap(trained, Adapter.read(file)).network().output(x));
  }

  @Test
  void anAdapterBelongsToItsBits() {
    Adapter adapter = Adapters.wrap(trained, plan(FrozenBitsTest::nola, 8)).adapter();
    MultiLayerNetwork floats = Adapters.wrap(trained, plan(FrozenBitsTest::nola, 0)).network();
    String message =
        assertThrows(AdapterMismatchException.class, () -> adapter.applyTo(floats)).getMessage();
    assertTrue(message.contains("bits"), message);
    MultiLayerNetwork half = Adapters.wrap(trained, plan(FrozenBitsTest::nola, 16)).network();
    assertThrows(AdapterMismatchException.class, () -> adapter.applyTo(half));
    trained.getParam("1_W").muli(1.01); // of the layer without an adapter
    MultiLayerNetwork other = Adapters.wrap(trained, plan(FrozenBitsTest::nola, 8)).network();
    message =
        assertThrows(AdapterMismatchException.class, () -> adapter.applyTo(other)).getMessage();
    assertTrue(message.contains("frozen"), message);
  }

  @Test
  void whatCannotBeIsSaid() {
    AdapterPlan.Builder plan = AdapterPlan.builder();
    assertThrows(IllegalArgumentException.class, () -> plan.frozenBits(4));
    MultiLayerNetwork network = Adapters.wrap(trained, plan(FrozenBitsTest::nola, 8)).network();
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Adapters.wrap(network, plan(FrozenBitsTest::nola, 0)))
            .getMessage();
    assertTrue(message.contains("merge()"), message);
  }

  private static MultiLayerNetwork trained() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(5)
                .activation(Activation.TANH)
                .updater(new Adam(0.01))
                .list()
                .layer(new DenseLayer.Builder().name("a").nIn(INPUTS).nOut(64).build())
                .layer(new DenseLayer.Builder().name("b").nOut(64).build())
                .layer(new DenseLayer.Builder().name("c").nOut(30).hasBias(false).build())
                .layer(
                    new OutputLayer.Builder()
                        .name("out")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    network.init();
    network.fit(new DataSet(Nd4j.randn(30, INPUTS), labels(30)));
    return network;
  }

  private static INDArray labels(int count) {
    INDArray labels = Nd4j.zeros(count, 3);
    for (int i = 0; i < count; i++) {
      labels.putScalar(i, i * 7 % 3, 1);
    }
    return labels;
  }

  private static void assertClose(INDArray expected, INDArray found, double relative) {
    double norm = expected.norm2Number().doubleValue();
    double error = expected.sub(found).norm2Number().doubleValue();
    assertTrue(error <= relative * norm, error + " of " + norm);
  }
}
