// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nola4j.basis.Distribution;
import org.nola4j.io.FileFormatException;
import org.nola4j.layers.Bias;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.GivenWeights;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;

/** Files of version 3. */
class CompactAdapterTest {
  private static final String NAME = "some.safetensors";
  private static final String FILE = "/adapters/v3-deep.safetensors";
  private static final String LAST =
      "c1f466211ecb06b3f321c06ee522a1ce2b8d741c6056429828d6595c6b24f7cf";
  private static final int LAYERS = 60;

  @TempDir private Path folder;

  private static MultiLayerNetwork network(Reparameterization... methods) {
    List<Integer> sizes = Collections.nCopies(LAYERS, 6);
    List<Reparameterization> all = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      all.add(methods[i % methods.length]);
    }
    return Networks.stack(7, 6, Bias.FREE, sizes, all);
  }

  /** Every third layer is trained from scratch, the others over one of two given W0s. */
  private static MultiLayerNetwork mixed() {
    return network(
        uniform(Nola.scratch(2, 4, 3)),
        uniform(Nola.on(given(1), 2, 4, 3)),
        uniform(Nola.on(given(2), 2, 4, 3)));
  }

  private static Nola uniform(Nola method) {
    return method.withDistribution(Distribution.UNIFORM);
  }

  private static FrozenWeight given(int times) {
    float[] values = new float[36];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * times / 64f;
    }
    return new FrozenWeight.Given(GivenWeights.keep(values), "a test");
  }

  static Adapter deep() {
    return Adapter.of(Networks.perturb(mixed(), 1));
  }

  private static String header(byte[] file) {
    return FileEdit.of(file).header();
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLost(Precision precision) throws IOException {
    byte[] bytes = FileEdit.bytes(deep(), precision, folder);
    assertTrue(header(bytes).contains("\"nola-adapter\":\"3\""), header(bytes));
    assertEquals(bytes.length, deep().bytes(precision));
    Adapter read = Adapter.read(ByteBuffer.wrap(bytes), NAME);
    if (precision == Precision.F32) {
      assertEquals(deep(), read);
    }
    assertEquals(deep().layers(), read.layers());
    assertArrayEquals(bytes, FileEdit.bytes(read, precision, folder));
    MultiLayerNetwork other = mixed();
    read.applyTo(other);
    assertEquals(read, Adapter.of(other));
  }

  @Test
  void quantizedVectorsStructuredBasesAndNotes() throws IOException {
    Adapter adapter =
        Adapter.of(Networks.perturb(network(Nola.scratch(2, 4, 3)), 1))
            .quantized(4)
            .withNotes(Map.of("task", "猫"));
    byte[] bytes = FileEdit.bytes(adapter, Precision.F32, folder);
    assertTrue(header(bytes).contains("\"coefficients\""), header(bytes));
    assertEquals(adapter, Adapter.read(ByteBuffer.wrap(bytes), NAME));
  }

  @Test
  void shortRecipesStayAsTheyAre() throws IOException {
    Adapter small = Adapter.of(Networks.small(uniform(Nola.scratch(2, 4, 3))));
    byte[] bytes = FileEdit.bytes(small, Precision.F32, folder);
    assertTrue(header(bytes).contains("\"nola-adapter\":\"1\""), header(bytes));
  }

  @Test
  void theFileOfAnEarlierReleaseReads() throws IOException {
    byte[] bytes;
    try (var stream = CompactAdapterTest.class.getResourceAsStream(FILE)) {
      bytes = stream.readAllBytes();
    }
    Adapter adapter = Adapter.read(ByteBuffer.wrap(bytes), FILE);
    assertEquals(deep(), adapter);
    assertEquals(LAST, GivenWeights.sha256(adapter.weight("" + (LAYERS - 1), "W")));
  }

  /** What the recipe's tensor has inflated. */
  private static String text(FileEdit file) throws IOException {
    int[] range = range(file);
    byte[] deflated = Arrays.copyOfRange(file.data(), range[0], range[1]);
    try (var in = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Begin and end of the recipe's tensor, which is the last. */
  private static int[] range(FileEdit file) {
    String entry = file.header().substring(file.header().indexOf("\"recipe\":"));
    String offsets = entry.substring(entry.indexOf("offsets\":[") + 10, entry.indexOf("]}"));
    return Arrays.stream(offsets.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static byte[] deflated(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] withRecipe(FileEdit file, byte[] deflated) {
    int[] range = range(file);
    byte[] data = Arrays.copyOf(file.data(), range[0] + deflated.length);
    System.arraycopy(deflated, 0, data, range[0], deflated.length);
    String header =
        file.header()
            .replace(
                "\"shape\":[%d],\"data_offsets\":[%d,%d]"
                    .formatted(range[1] - range[0], range[0], range[1]),
                "\"shape\":[%d],\"data_offsets\":[%d,%d]"
                    .formatted(deflated.length, range[0], data.length));
    return new FileEdit(header, data).sealed();
  }

  private void assertRefused(byte[] bytes, String expected) {
    String message =
        assertThrows(FileFormatException.class, () -> Adapter.read(ByteBuffer.wrap(bytes), NAME))
            .getMessage();
    assertTrue(message.startsWith(NAME + ": expected "), message);
    assertTrue(message.contains(expected), () -> message + "\ndoes not say: " + expected);
  }

  private void assertRefused(UnaryOperator<String> edit, String expected) throws IOException {
    FileEdit file = FileEdit.of(FileEdit.bytes(deep(), Precision.F32, folder));
    String text = text(file);
    assertFalse(edit.apply(text).equals(text), "nothing was changed");
    assertRefused(withRecipe(file, deflated(edit.apply(text))), expected);
  }

  @Test
  void damagedRecipesAreRefused() throws IOException {
    long bytes = 4 * deep().size();
    assertRefused(
        t -> t.replaceFirst("\\[1,4\\]", "[1,3]"),
        "%d bytes in tensor \"numbers\", which the recipe's tensors fill, but found %d"
            .formatted(bytes - 4, bytes));
    assertRefused(
        t -> t.replaceFirst("\\[1,4\\]", "[1,5]"),
        "at most 20 bytes for a tensor in \"numbers\", but found F32 [1, 6]");
    assertRefused(t -> t.replaceFirst("\\[1,4\\]", "[2,2]"), "tensor \"0.alpha\" of shape [1, 4]");
    assertRefused(t -> t.replaceFirst("\\[1,4\\]", "[1,-4]"), "a tensor's shape of whole numbers");
    assertRefused(t -> t.replaceFirst("\\[1,4\\]", "4"), "a tensor's shape of whole numbers");
    assertRefused(
        t -> t.replaceFirst("\\[1,4\\]", "[4294967296,4294967296,4294967296]"),
        "at most %d bytes".formatted(bytes));
    assertRefused(t -> t.replaceFirst("\"tensors\"", "\"tensor\""), "objects \"recipe\" and");
    assertRefused(t -> t.replaceFirst("\"0.alpha\"", "\"0.beta\""), "Duplicate field '0.beta'");
    assertRefused(t -> t.replaceFirst("\"0.alpha\"", "\"0.a\""), "a tensor \"0.alpha\"");
    assertRefused(t -> t.replaceFirst("\"recipe\":\\{", "\"recipe\":{\"basis\":2,"), "basis");
    assertRefused(
        t -> t.replaceFirst("given", "none"), "32 bytes in tensor \"digests\", of 32 for");
    assertRefused(
        t -> t.replaceFirst("\"source\"", "\"sha256\":\"\",\"source\""),
        "a recipe without digests");
    assertRefused(
        t -> t.replaceFirst("\"layers\"", "\"frozen\":\"\",\"layers\""), "without digests");
    assertRefused(t -> t + "{}", "end of the JSON text");
    assertRefused(t -> t + " ".repeat(40 << 20), "times their compressed size");
  }

  @Test
  void damagedStreamsAreRefused() throws IOException {
    FileEdit file = FileEdit.of(FileEdit.bytes(deep(), Precision.F32, folder));
    byte[] whole = deflated(text(file));
    assertRefused(withRecipe(file, Arrays.copyOf(whole, whole.length - 9)), "a zlib stream");
    assertRefused(
        withRecipe(file, Arrays.copyOf(whole, whole.length + 1)), "1 bytes after its end");
    byte[] noStream = whole.clone();
    noStream[0] = 0;
    assertRefused(withRecipe(file, noStream), "a zlib stream");
    assertRefused(file.replace("\"numbers\"", "\"weights\"").sealed(), "no others than [coeff");
    assertRefused(
        file.replace("\"recipe\"", "\"r\"").sealed(), "a tensor \"recipe\", and no others");
    assertRefused(file.replace("[64]", "[32,2]").replace("U8", "I8").sealed(), "\"digests\" of U8");
    assertRefused(
        file.replace("\"nola-adapter\":\"3\"", "\"nola-adapter\":\"1\"").sealed(), "metadata [");
  }

  @Test
  void everyFlippedBitIsNoticed() throws IOException {
    byte[] file = FileEdit.bytes(deep(), Precision.F16, folder);
    for (int bit = 0; bit < 8 * file.length; bit += 7) {
      byte[] flipped = file.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertRefused(flipped, "");
    }
  }
}
