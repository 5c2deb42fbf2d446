// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.adapter.Precision;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.layers.KernelView;
import org.nola4j.network.NetworkLayer;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.safetensors.SafetensorsFile;

/** Kernels of any size as PEFT's LoRA for Conv2d. */
class PeftKernelTest {
  private static final int INPUTS = 2;
  private static final int OUTPUTS = 6;

  @TempDir private Path folder;

  private static MultiLayerNetwork base(int height, int width) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .list()
                .layer(
                    new ConvolutionLayer.Builder(height, width).name("stem").nOut(OUTPUTS).build())
                .layer(new OutputLayer.Builder().activation(Activation.SOFTMAX).nOut(3).build())
                .setInputType(InputType.convolutional(6, 6, INPUTS))
                .build());
    network.init();
    return network;
  }

  private static Adapters<MultiLayerNetwork> wrapped(
      int height, int width, KernelView view, Function<FrozenWeight, Reparameterization> method) {
    AdapterPlan plan =
        AdapterPlan.builder().adapt("stem", method).freeze("1").kernelView(view).build();
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(base(height, width), plan);
    Nd4j.getRandom().setSeed(3);
    MultiLayerNetwork network = adapters.network();
    network.setParams(Nd4j.randn(DataType.FLOAT, 1, network.numParams()));
    return adapters;
  }

  private static float[] rowMajor(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,3", "1,3", "3,1", "2,4", "5,5"})
  void peftsDeltaIsTheLayers(int height, int width) throws Exception {
    Adapters<MultiLayerNetwork> adapters =
        wrapped(height, width, KernelView.OUT_BY_IN, w0 -> Nola.on(w0, 2, 5, 4).withC(3));
    PeftAdapter peft = PeftAdapter.of(adapters.adapter());
    assertEquals(List.of(), peft.warnings());
    PeftModule.LowRank module = (PeftModule.LowRank) peft.modules().get(0);
    assertEquals("stem", module.name());
    assertEquals(List.of(height, width), module.kernel());
    assertEquals(2 * height, module.rank());
    assertEquals(INPUTS, module.inputs());
    assertEquals(OUTPUTS, module.outputs());
    float[] expected = rowMajor(adapters.delta("stem").get("W"));
    assertArrayEquals(expected, module.delta(), 1e-5f);

    peft.write(folder);
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(PeftAdapter.TENSORS))) {
      String prefix = "base_model.model.stem.lora_";
      assertEquals(
          List.of(2L * height, (long) INPUTS, (long) height, (long) width),
          file.tensors().get(prefix + "A.weight").shape());
      assertEquals(
          List.of((long) OUTPUTS, 2L * height, 1L, 1L),
          file.tensors().get(prefix + "B.weight").shape());
    }
    PeftModule.LowRank again = (PeftModule.LowRank) PeftAdapter.read(folder).modules().get(0);
    assertArrayEquals(module.delta(), again.delta());
  }

  /** An adapter over an adapter is what it adds, for a base with the one below; it says so. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aSecondAdapterIsTheDifferenceFromTheFirst(int size) throws Exception {
    AdapterPlan plan = AdapterPlan.builder().adapt("stem|1", w0 -> Lora.on(w0, 1)).build();
    MultiLayerNetwork once = Adapters.wrap(base(size, size), plan).network();
    Nd4j.getRandom().setSeed(3);
    once.setParams(Nd4j.randn(DataType.FLOAT, 1, once.numParams()));
    Adapters<MultiLayerNetwork> twice = Adapters.wrap(once, plan);
    twice.network().setParams(Nd4j.randn(DataType.FLOAT, 1, twice.network().numParams()));
    PeftAdapter peft = PeftAdapter.of(twice.adapter());
    assertEquals(2, peft.warnings().size(), () -> peft.warnings().toString());
    assertTrue(
        peft.warnings().get(0).startsWith("layer \"stem\" has another adapter below this one"));
    PeftModule.LowRank stem = (PeftModule.LowRank) peft.modules().get(0);
    assertArrayEquals(rowMajor(twice.delta("stem").get("W")), stem.delta(), 1e-5f);

    peft.write(folder);
    if (size == 1) {
      MultiLayerNetwork again = Adapters.wrap(once, plan).network();
      PeftAdapter.read(folder).applyTo(again);
      INDArray x = Nd4j.rand(DataType.FLOAT, 2, INPUTS, 6, 6);
      assertTrue(twice.network().output(x).equalsWithEps(again.output(x), 1e-4));
    }
  }

  /** Kernels of other make are refused by their type. */
  @Test
  void separableConvolutionsHaveNoCounterpart() {
    MultiLayerNetwork base =
        LayerCases.adapted().get("SeparableConvolution2D").network(DataType.FLOAT);
    AdapterPlan plan = AdapterPlan.builder().adapt("x", w0 -> Lora.on(w0, 1)).build();
    Adapter adapter = Adapters.wrap(base, plan).adapter();
    String message =
        assertThrows(IllegalArgumentException.class, () -> PeftAdapter.of(adapter)).getMessage();
    assertTrue(message.contains("of a AdaptedSeparableConvolution2D"), message);
  }

  /** As PEFT computes it: one kernel, then one of 1 x 1; element by element. */
  @Test
  void theDeltaIsThatOfTwoConvolutions() {
    Adapters<MultiLayerNetwork> adapters =
        wrapped(3, 2, KernelView.OUT_BY_IN, w0 -> Lora.on(w0, 2));
    PeftModule.LowRank module =
        (PeftModule.LowRank) PeftAdapter.of(adapters.adapter()).modules().get(0);
    INDArray delta = adapters.delta("stem").get("W");
    int rank = module.rank();
    for (int o = 0; o < OUTPUTS; o++) {
      for (int i = 0; i < INPUTS; i++) {
        for (int y = 0; y < 3; y++) {
          for (int x = 0; x < 2; x++) {
            double sum = 0;
            for (int p = 0; p < rank; p++) {
              sum +=
                  module.loraB()[o * rank + p] * module.loraA()[((p * INPUTS + i) * 3 + y) * 2 + x];
            }
            assertEquals(delta.getDouble(o, i, y, x), module.c() / rank * sum, 1e-5);
          }
        }
      }
    }
  }

  /**
   * Six outputs by 2 * 3 * 1 elements of input: here the matrix closest to square has one row per
   * output.
   */
  @Test
  void aModuleGoesIntoALayerWithARowAnOutput() {
    Adapters<MultiLayerNetwork> adapters =
        wrapped(3, 1, KernelView.NEAREST_SQUARE, w0 -> Lora.on(w0, 2));
    PeftAdapter peft = PeftAdapter.of(adapters.adapter());
    assertEquals(2, ((PeftModule.LowRank) peft.modules().get(0)).rank());
    MultiLayerNetwork other =
        wrapped(3, 1, KernelView.NEAREST_SQUARE, w0 -> Lora.on(w0, 2)).network();
    other.params().assign(0);
    peft.applyTo(other);
    assertEquals(adapters.network().params(), other.params());
    MultiLayerNetwork lying =
        wrapped(1, 3, KernelView.NEAREST_SQUARE, w0 -> Lora.on(w0, 2)).network();
    String message =
        assertThrows(AdapterMismatchException.class, () -> peft.applyTo(lying)).getMessage();
    assertTrue(message.contains("kernel"), message);
  }

  @Test
  void aMatrixThatTwoConvolutionsCannotExpressIsRefused() {
    Adapter adapter =
        wrapped(5, 5, KernelView.NEAREST_SQUARE, w0 -> Lora.on(w0, 2)).adapter(); // 15 x 20
    String message =
        assertThrows(IllegalArgumentException.class, () -> PeftAdapter.of(adapter)).getMessage();
    assertTrue(message.contains("KernelView.OUT_BY_IN"), message);
  }

  /** Adapters of earlier releases: without the kernel's size. */
  @Test
  void whatMayBeAnotherKernelIsExportedWithAWarning() {
    MultiLayerNetwork network = wrapped(1, 3, KernelView.OUT_BY_IN, w0 -> Lora.on(w0, 2)).network();
    Adapter old = old(network);
    PeftAdapter peft = PeftAdapter.of(old);
    assertEquals(List.of(1, 1), ((PeftModule.LowRank) peft.modules().get(0)).kernel());
    assertEquals(
        List.of(
            "layer \"stem\": the file does not say how large its kernel is, taken for 1 x 1; PEFT"
                + " loads no other"),
        peft.warnings());
    MultiLayerNetwork large = wrapped(3, 3, KernelView.OUT_BY_IN, w0 -> Lora.on(w0, 2)).network();
    Adapter tooLarge = old(large);
    assertThrows(IllegalArgumentException.class, () -> PeftAdapter.of(tooLarge));
    old.applyTo(network); // but it still fits its network
  }

  private static Adapter old(MultiLayerNetwork network) {
    return Adapter.of(NetworkLayer.of(network).stream().map(PeftKernelTest::old).toList());
  }

  private static NetworkLayer old(NetworkLayer layer) {
    return new NetworkLayer(
        layer.name(),
        layer.key(),
        layer.type(),
        layer.frozen(),
        layer.parameters(),
        layer.weights(),
        List.of(),
        layer.seed(),
        layer.tiedTo(),
        layer.coefficientBits(),
        layer.roles(),
        layer.frozenParameters());
  }

  @Test
  void theKernelsSizeIsInTheFile() throws Exception {
    Adapter adapter = wrapped(3, 1, KernelView.NEAREST_SQUARE, w0 -> Lora.on(w0, 2)).adapter();
    Path file = folder.resolve("adapter.safetensors");
    adapter.write(file, Precision.F32);
    assertEquals(List.of(3, 1), Adapter.read(file).layers().get(0).kernel());
    assertEquals(adapter, Adapter.read(file));
  }

  @Test
  void sizesOfModulesHaveToAgree() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new PeftModule.LowRank("a", 2, 2, List.of(3, 3), new float[20], new float[4], null));
    assertThrows(
        IllegalArgumentException.class,
        () -> new PeftModule.LowRank("a", 1, 1, List.of(3), new float[3], new float[4], null));
  }
}
