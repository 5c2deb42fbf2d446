// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.layers.Bias;
import org.nola4j.layers.Methods;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** {@code tools/nola_reader.py} rebuilds every weight bit for bit. */
@Tag("slow")
class NolaReaderTest {
  private static final Path READER = Repository.file("tools/nola_reader.py");
  private static final int FIRST = 37;
  private static final int SECOND = 23;

  @TempDir private Path folder;

  @BeforeAll
  static void needsNumpy() throws InterruptedException {
    assumeTrue(
        Python.run("-c", "import numpy").status() == 0,
        "needs python3 with numpy on the search path");
  }

  /** One network has a layer of each method, with sizes that fill no block of the generator. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void everyMethodBitForBit(Precision precision) throws Exception {
    float[] w0 = new float[FIRST * SECOND];
    for (int i = 0; i < w0.length; i++) {
      w0[i] = 1f / (i - 400.5f);
    }
    Path w0File = folder.resolve("w0.bin");
    ByteBuffer bytes = ByteBuffer.allocate(4 * w0.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(w0);
    Files.write(w0File, bytes.array());

    Adapter adapter = Adapter.of(network(Nola.on(FrozenWeight.given(w0), 3, 40, 7)));
    compare(adapter, precision, w0File);
    compare(adapter.quantized(precision == Precision.F32 ? 8 : 4), precision, w0File);
  }

  private static MultiLayerNetwork network(Reparameterization... more) {
    List<Reparameterization> methods = new ArrayList<>(Methods.all().toList());
    methods.addAll(List.of(more));
    methods.add(new Lora(5, 7, 1, FrozenWeight.seeded(2.5)));
    methods.add(HashedNet.scratch(1));
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < methods.size(); i++) {
      sizes.add(i % 2 == 0 ? SECOND : FIRST);
    }
    return Networks.perturb(Networks.stack(-5, FIRST, Bias.FREE, sizes, methods), 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 6, 7})
  void quantizedBitForBit(int bits) throws Exception {
    compare(Adapter.of(network()).quantized(bits), Precision.F32);
  }

  @Test
  void severalWeightsALayer() throws Exception {
    MultiLayerNetwork network = Networks.perturb(Networks.twoWeights(Nola.release2024(2, 3, 4)), 1);
    compare(Adapter.of(network), Precision.F32);
    compare(Adapter.of(network).quantized(3), Precision.F32);
  }

  @Test
  void sharedCoefficients() throws Exception {
    for (Reparameterization method :
        List.of(Pranc.scratch(5), HashedNet.scratch(6), Nola.on(FrozenWeight.seeded(), 2, 3, 4))) {
      Adapter adapter = Adapter.of(Networks.perturb(Networks.tied(method), 1));
      compare(adapter, Precision.F32);
      compare(adapter.quantized(3), Precision.F32);
    }
  }

  @Test
  void theReferenceImplementationReadsTheFiles() throws Exception {
    String script =
        """
        import sys
        from safetensors.numpy import load_file
        for name, tensor in load_file(sys.argv[1]).items():
            print(name, *tensor.shape, tensor.ravel()[0])
        """;
    assumeTrue(Python.run("-c", "import safetensors").status() == 0, "needs safetensors");
    MultiLayerNetwork network = Networks.small(new Lora(2, 2, 1, FrozenWeight.none()));
    network.getLayer(1).getParam("b").putScalar(0, 0.25);
    Path file = folder.resolve("a.safetensors");
    Adapter.of(network).write(file, Precision.F16);
    Python.Output output = Python.run("-c", script, file.toString());
    assertEquals(0, output.status(), output.text());
    assertTrue(output.text().contains("1.b 1 4 0.25"), output.text());
    assertEquals(6, output.text().lines().count());
  }

  @Test
  void damagedFilesAreRefused() throws Exception {
    Path file = folder.resolve("a.safetensors");
    Adapter.of(Networks.small(Nola.scratch(2, 3, 4))).write(file, Precision.F32);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    Python.Output output = Python.run(READER.toString(), file.toString());
    assertNotEquals(0, output.status());
    assertTrue(output.text().contains("damaged"), output.text());
  }

  private void compare(Adapter written, Precision precision, Path... w0Files) throws Exception {
    Path file = folder.resolve("a.safetensors");
    written.write(file, precision);
    Adapter adapter = Adapter.read(file);
    List<String> expected = new ArrayList<>();
    for (AdapterLayer layer : adapter.layers()) {
      for (WeightSpec weight : layer.weights()) {
        float[] elements = adapter.weight(layer.name(), weight.name());
        expected.add(
            "weight %s %s [%d, %d]: sha256 %s"
                .formatted(
                    layer.name(),
                    weight.name(),
                    weight.shape().rows(),
                    weight.shape().columns(),
                    GivenWeights.sha256(elements)));
      }
    }
    List<String> command =
        new ArrayList<>(List.of("-W", "error", READER.toString(), file.toString()));
    List.of(w0Files).forEach(w0 -> command.add(w0.toString()));
    Python.Output output = Python.run(command.toArray(String[]::new));
    assertEquals(0, output.status(), output.text());
    assertEquals(
        expected, output.text().lines().filter(line -> line.startsWith("weight")).toList());
    assertEquals(
        adapter.layers().stream().mapToInt(layer -> layer.shapes().size()).sum(),
        output.text().lines().filter(line -> line.startsWith("tensor")).count());
  }
}
