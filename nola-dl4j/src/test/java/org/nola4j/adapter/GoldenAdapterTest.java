// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.basis.Distribution;
import org.nola4j.layers.Bias;
import org.nola4j.reparameterization.BasisScale;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/**
 * A file of any format version must stay readable forever. If one of these tests fails, change the
 * code, not the file: users cannot train their adapters again.
 */
class GoldenAdapterTest {
  private static final String FILE = "/adapters/v1-nola-mlp.safetensors";
  private static final String FIRST =
      "4ba77aacb9a23e0880bd65bf13336594ea154f7d25ca264a7c781ba5a6cd7c29";

  private static final String SECOND =
      "7ce925503ca50965ac0e66162b71b85cd1917ca7aa98230149e6417f9330519a";

  private static final String TIED_FILE = "/adapters/v1-pranc-tied.safetensors";
  private static final String TIED =
      "9198b4a8648da5bc306f4501790ecd454e51fc73c2e96666e682621a3fedc0a3";

  private static final String QUANTIZED_FILE = "/adapters/v1-nola-mlp-4bit.safetensors";
  private static final String QUANTIZED =
      "67689da0bd46f66735d3250ef66df274fe0024db92e6ea9a028f0cccaec88388";

  private static final String STRUCTURED_FILE = "/adapters/v2-structured.safetensors";
  private static final List<String> STRUCTURED =
      List.of(
          "6b22bd25e6d9e0649904f5ed8e0ac607c11a2e6a2fe1a822f5a78e6df55e68ee",
          "5a9e9230fb6acef2a81d98b884d271c5b8ce0b5c8333f1c76f3e41ac1ac764ed",
          "31d0309b836c6a326a69202dd8a6f6e74bfa94c9cb371b540d8bc4fe086211a6");

  @Test
  void readsAndRebuildsTheWeights() throws IOException {
    Adapter adapter = Adapter.read(ByteBuffer.wrap(bytes(FILE)), FILE);
    assertEquals(64 + 266, adapter.size());
    assertEquals(0.23087817f, adapter.values("0", "alpha")[0]);
    assertEquals(FIRST, GivenWeights.sha256(adapter.weight("0", "W")));
    assertEquals(SECOND, GivenWeights.sha256(adapter.weight("1", "W")));
  }

  @Test
  void theWriterStillGivesTheseBytes(@TempDir Path folder) throws IOException {
    assertArrayEquals(bytes(FILE), FileEdit.bytes(network(), Precision.F32, folder));
    Adapter read = Adapter.read(ByteBuffer.wrap(bytes(FILE)), FILE);
    assertArrayEquals(bytes(FILE), FileEdit.bytes(read, Precision.F32, folder));
  }

  @Test
  void sharedCoefficients(@TempDir Path folder) throws IOException {
    byte[] bytes = bytes(TIED_FILE);
    Adapter adapter = Adapter.read(ByteBuffer.wrap(bytes), TIED_FILE);
    assertEquals(5 + 9 + 4, adapter.size());
    assertEquals(TIED, GivenWeights.sha256(adapter.weight("1", "W")));
    MultiLayerNetwork network = Networks.perturb(Networks.tied(Pranc.scratch(5)), 1);
    assertArrayEquals(bytes, FileEdit.bytes(Adapter.of(network), Precision.F32, folder));
    assertArrayEquals(bytes, FileEdit.bytes(adapter, Precision.F32, folder));
  }

  @Test
  void quantizedCoefficients(@TempDir Path folder) throws IOException {
    byte[] bytes = bytes(QUANTIZED_FILE);
    Adapter adapter = Adapter.read(ByteBuffer.wrap(bytes), QUANTIZED_FILE);
    assertEquals(OptionalInt.of(4), adapter.bits("1", "beta"));
    assertEquals(QUANTIZED, GivenWeights.sha256(adapter.weight("0", "W")));
    assertArrayEquals(bytes, FileEdit.bytes(network().quantized(4), Precision.F32, folder));
    assertArrayEquals(bytes, FileEdit.bytes(adapter, Precision.F32, folder));
    String document = Files.readString(Repository.file("docs/adapter-v1.md"));
    assertTrue(document.contains(FileEdit.of(bytes).header().stripTrailing()));
    assertTrue(document.contains(QUANTIZED));
  }

  @Test
  void dataAreAligned() throws IOException {
    FileEdit file = FileEdit.of(bytes(FILE));
    assertEquals(0, file.header().length() % 8);
    assertTrue(file.header().startsWith("{\"__metadata__\":{\"nola-adapter\":\"1\",\"digest\":\""));
  }

  @Test
  void theDocumentShowsThisFile() throws IOException {
    String document = Files.readString(Repository.file("docs/adapter-v1.md"));
    assertTrue(document.contains(FileEdit.of(bytes(FILE)).header().stripTrailing()));
    assertTrue(document.contains(FIRST) && document.contains(SECOND));
  }

  /** Of format version 2. */
  @Test
  void structuredBases(@TempDir Path folder) throws IOException {
    byte[] bytes = bytes(STRUCTURED_FILE);
    Adapter adapter = Adapter.read(ByteBuffer.wrap(bytes), STRUCTURED_FILE);
    for (int layer = 0; layer < STRUCTURED.size(); layer++) {
      float[] weight = adapter.weight(Integer.toString(layer), "W");
      assertEquals(STRUCTURED.get(layer), GivenWeights.sha256(weight), "layer " + layer);
    }
    assertArrayEquals(bytes, FileEdit.bytes(structured(), Precision.F32, folder));
    assertArrayEquals(bytes, FileEdit.bytes(adapter, Precision.F32, folder));
  }

  static Adapter structured() {
    List<Reparameterization> methods =
        List.of(
            Nola.scratch(3, 20, 5).withDistribution(Distribution.HADAMARD),
            Nola.on(FrozenWeight.seeded(), 4, 6, 11).withDistribution(Distribution.ONE_HOT),
            new Pranc(
                40,
                Distribution.HADAMARD,
                BasisScale.KAIMING,
                Pranc.Initialization.FIRST,
                1,
                FrozenWeight.none()));
    return Adapter.of(
        Networks.perturb(Networks.stack(7, 23, Bias.FREE, List.of(17, 9, 12), methods), 1));
  }

  private static Adapter network() {
    Nola uniform = Nola.scratch(4, 16, 16).withDistribution(Distribution.UNIFORM);
    return Adapter.of(Networks.perturb(Networks.mlp(uniform, Bias.FREE), 1));
  }

  private static byte[] bytes(String file) throws IOException {
    try (var stream = GoldenAdapterTest.class.getResourceAsStream(file)) {
      return stream.readAllBytes();
    }
  }
}
