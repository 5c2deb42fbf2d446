// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nola4j.basis.Distribution;
import org.nola4j.io.FileFormatException;
import org.nola4j.layers.Bias;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/** Every fault in a file gives one clear message and has no other effect. */
class AdapterFormatTest {
  private static final String NAME = "some.safetensors";

  @TempDir private static Path folder;
  private static byte[] file;
  private static byte[] tied;
  private static byte[] quantized;
  private static byte[] structured;

  @BeforeAll
  static void write() throws IOException {
    Nola hadamard = Nola.scratch(2, 4, 3);
    Nola uniform = hadamard.withDistribution(Distribution.UNIFORM);
    Adapter adapter = Adapter.of(Networks.stack(7, 6, Bias.FREE, List.of(5), List.of(uniform)));
    file = FileEdit.bytes(adapter, Precision.F32, folder);
    quantized = FileEdit.bytes(adapter.quantized(4), Precision.F32, folder);
    structured =
        FileEdit.bytes(
            Adapter.of(Networks.stack(7, 6, Bias.FREE, List.of(5), List.of(hadamard))),
            Precision.F32,
            folder);
    tied = FileEdit.bytes(Adapter.of(Networks.tied(Pranc.scratch(5))), Precision.F32, folder);
  }

  static Stream<Arguments> structure() {
    return Stream.of(
        edit("the safetensors header: a JSON object", f -> f.replace("{", "")),
        edit("strict JSON", f -> f.replace("\"recipe\":", "\"recipe\"")),
        edit(
            "strict JSON, but found Duplicate field '0.beta'", f -> f.replace("0.alpha", "0.beta")),
        edit("Duplicate field 'network'", f -> f.replace("\"digest\"", "\"network\"")),
        edit("strict JSON", f -> f.replace("[0,16]", "[0,NaN]")),
        edit("strict JSON", f -> f.replace("[0,16]", "[0,016]")),
        edit(
            "end of the JSON text", f -> new FileEdit(f.header().stripTrailing() + "{}", f.data())),
        edit("16 levels of nesting", f -> f.replace("[1,4]", "[".repeat(100_000))),
        edit("16 levels of nesting", f -> f.replace("[1,4]", "{\"a\":".repeat(50_000))),
        edit("at most 32 characters", f -> f.replace("[1,4]", "[1," + "4".repeat(1_000_000) + "]")),
        edit("a number of 64 bits", f -> f.replace("[1,4]", "[1,9223372036854775808]")),
        edit("in UTF-8", f -> f.replace("0.alpha", "0.\u00ff")),
        edit(
            "__metadata__ as a JSON object",
            f -> f.replace("\"__metadata__\":", "\"__metadata__\":[],\"x\":")),
        edit(
            "a string as metadata \"network\"",
            f -> f.replace("\"network\":", "\"network\":1,\"x\":")),
        edit(
            "exactly dtype, shape and data_offsets",
            f -> f.replace("\"shape\":[1,4]", "\"shape\":[1,4],\"x\":0")),
        edit("exactly dtype, shape and data_offsets", f -> f.replace("\"shape\":[1,4],", "")),
        edit("a dtype such as F32 or F16, but found \"F33\"", f -> f.replace("F32", "F33")),
        edit("whole numbers from 0 on", f -> f.replace("[1,4]", "[1,-4]")),
        edit("whole numbers from 0 on", f -> f.replace("[1,4]", "[1,4.0]")),
        edit("two data_offsets", f -> f.replace("[0,16]", "[0,16,16]")),
        edit("20 bytes for F32 [1, 5]", f -> f.replace("[1,4]", "[1,5]")),
        edit("below 2^63 bytes", f -> f.replace("[1,4]", "[4294967296,4294967296]")),
        edit("4294967296 bytes for F32", f -> f.replace("[1,4]", "[1,1073741824]")),
        edit("to begin at byte 16", f -> f.replace("[16,28]", "[12,24]")),
        edit("to begin at byte 16", f -> f.replace("[16,28]", "[20,32]")),
        edit("bytes for F32", f -> f.replace("[16,28]", "[28,16]")),
        edit(
            "48 bytes of data, as its tensors say, but found 44: it is truncated",
            f -> new FileEdit(f.header(), Arrays.copyOf(f.data(), f.data().length - 4))),
        edit("48 bytes of data", f -> new FileEdit(f.header(), Arrays.copyOf(f.data(), 49))));
  }

  static Stream<Arguments> metadata() {
    return Stream.of(
        edit("metadata \"nola-adapter\"", f -> f.replace("nola-adapter", "format")),
        edit(
            "a format version of [1, 2, 3], but found version \"4\"",
            f -> f.replace("\"nola-adapter\":\"1\"", "\"nola-adapter\":\"4\"")),
        edit(
            "metadata [nola-adapter, digest, network], but found",
            f -> f.replace("\"nola-adapter\":\"1\"", "\"nola-adapter\":\"3\"")),
        edit("metadata [", f -> f.replace("\"network\":", "\"note\":\"\",\"network\":")),
        edit("metadata [", f -> f.replace("\"network\":", "\"netwerk\":")),
        edit(
            "16 hexadecimal digits as \"network\"",
            f -> f.replace("\"network\":\"", "\"network\":\"0")),
        edit(
            "32 hexadecimal digits as \"digest\"",
            f -> f.replace("\"digest\":\"", "\"digest\":\"x")));
  }

  static Stream<Arguments> structuredBases() {
    return Stream.of(
        edit(
            "basis version 2, but found version 3",
            f -> f.replace("\\\"basis\\\":2", "\\\"basis\\\":3")),
        edit(
            "basis version 2, but found version \"2\"",
            f -> f.replace("\\\"basis\\\":2", "\\\"basis\\\":\\\"2\\\"")),
        edit(
            "\"basis\":2, as the distribution of a weight needs, but found no such field",
            f -> f.replace("\\\"basis\\\":2,", "")),
        edit(
            "format version 2, as the distributions of its bases need, but found version 1",
            f -> f.replace("\"nola-adapter\":\"2\"", "\"nola-adapter\":\"1\"")),
        edit(
            "weights of a distribution of basis version 2, but found none",
            f -> f.replace("HADAMARD", "UNIFORM")),
        edit("the fields of a known method", f -> f.replace("HADAMARD", "HADAMARD2")));
  }

  static Stream<Arguments> recipe() {
    return Stream.of(
        edit("the recipe in strict JSON", f -> f.replace("{\\\"methods", "{methods")),
        edit("Duplicate field 'method'", f -> f.replace("\\\"rank\\\"", "\\\"method\\\"")),
        edit(
            "only known fields, but found \"extra\"",
            f -> f.replace("{\\\"methods", "{\\\"extra\\\":1,\\\"methods")),
        edit("a field \"layers\"", f -> f.replace("\\\"layers\\\"", "\\\"frozen\\\"")),
        edit(
            "a list as \"layers\"",
            f -> f.replace("\\\"layers\\\":", "\\\"layers\\\":{},\\\"frozen\\\":")),
        edit("layer 0: a JSON object", f -> f.replace("\\\"layers\\\":[", "\\\"layers\\\":[7,")),
        edit(
            "layer 0: only known fields",
            f -> f.replace("\\\"name\\\"", "\\\"x\\\":1,\\\"name\\\"")),
        edit("layer 0: a field \"type\"", f -> f.replace("\\\"type\\\":\\\"NolaDense\\\",", "")),
        edit("layer 0, name: a string", f -> f.replace("\\\"name\\\":\\\"0\\\"", "\\\"name\\\":0")),
        edit(
            "layer 0: a field \"seed\"",
            f ->
                f.replace("\\\"seed\\\"", "\\\"direct\\\"")
                    .replace("\\\"direct\\\":[\\\"b\\\"]", "\\\"name2\\\":0")),
        edit("a 64-bit number as seed", f -> f.replace("\\\"seed\\\":", "\\\"seed\\\":0.")),
        edit("at least one weight", f -> f.replace("{\\\"W\\\":[6,5,6,0,0]}", "{}")),
        edit("[rows, columns, fanIn, method, w0]", f -> f.replace("[6,5,6,0,0]", "[6,5,6,0]")),
        edit("numbers of 32 bits", f -> f.replace("[6,5,6,0,0]", "[6,5,4294967302,0,0]")),
        edit(
            "a tensor \"coefficients\", as its weights are quantized",
            f -> f.replace("[6,5,6,0,0]", "[6,5,6,0,0,4,1,1]")),
        edit("a position below 1, but found 1", f -> f.replace("[6,5,6,0,0]", "[6,5,6,1,0]")),
        edit("a position below 1, but found -1", f -> f.replace("[6,5,6,0,0]", "[6,5,6,0,-1]")),
        edit("a usable name and shape", f -> f.replace("[6,5,6,0,0]", "[0,5,6,0,0]")),
        edit("a usable name and shape", f -> f.replace("[6,5,6,0,0]", "[65536,65536,6,0,0]")),
        edit("a usable name and shape", f -> f.replace("\\\"W\\\"", "\\\"W_\\\"")),
        edit("methods that fit their shapes", f -> f.replace("\\\"rank\\\":2", "\\\"rank\\\":7")),
        edit(
            "a known method",
            f -> f.replace("\\\"method\\\":\\\"nola\\\"", "\\\"method\\\":\\\"nora\\\"")),
        edit("a known method", f -> f.replace("\\\"k\\\":4", "\\\"kk\\\":4")),
        edit("anchor as false, but found nothing", f -> f.replace(",\\\"anchor\\\":false", "")),
        edit("k as 4, but found \"4\"", f -> f.replace("\\\"k\\\":4", "\\\"k\\\":\\\"4\\\"")),
        edit("k as 4, but found 4.5", f -> f.replace("\\\"k\\\":4", "\\\"k\\\":4.5")),
        edit("anchor as false", f -> f.replace("\\\"anchor\\\":false", "\\\"anchor\\\":0")),
        edit(
            "w0: no field gain",
            f ->
                f.replace(
                    "{\\\"kind\\\":\\\"none\\\"}", "{\\\"kind\\\":\\\"none\\\",\\\"gain\\\":1}")),
        edit(
            "a known method",
            f -> f.replace("\\\"law\\\":\\\"UNIFORM\\\"", "\\\"law\\\":\\\"NORMAL\\\"")),
        edit(
            "a number of 64 bits, but found 1e999",
            f -> f.replace("\\\"c\\\":1.0", "\\\"c\\\":1e999")),
        edit(
            "c must be a positive number in the range of float32, but is 1.0E308",
            f -> f.replace("\\\"c\\\":1.0", "\\\"c\\\":1e308")),
        edit(
            "gain must be a positive number in the range of float32, but is 1.0E300",
            f -> f.replace(json("{'kind':'none'}"), json("{'kind':'seeded','gain':1e300}"))),
        edit(
            "sha256 must be 64 hexadecimal digits, but is null",
            f ->
                f.replace(
                    json("{'kind':'none'}"), json("{'kind':'given','sha256':null,'source':null}"))),
        edit(
            "source must have at most 4096 characters, but has 5000",
            f ->
                f.replace(
                    json("{'kind':'none'}"),
                    json(
                        "{'kind':'given','sha256':'%s','source':'%s'}"
                            .formatted("0".repeat(64), "x".repeat(5000))))),
        edit("method: no field w0", f -> f.replace(json("'k':4"), json("'k':4,'w0':{}"))),
        edit(
            "tensor \"0.alpha\" of shape [1, 5], but found [1, 4]",
            f -> f.replace("\\\"k\\\":4", "\\\"k\\\":5")),
        edit("a tensor \"0.b\"", f -> f.replace("\"0.b\"", "\"0.c\"")),
        edit(
            "only tensors that the recipe names, but found tensor \"coefficients\" too",
            f ->
                f.replace(",\\\"direct\\\":[\\\"b\\\"]", "")
                    .replace("\"0.b\"", "\"coefficients\"")),
        edit(
            "only tensors that the recipe names, but found tensor \"0.b\" too",
            f -> f.replace(",\\\"direct\\\":[\\\"b\\\"]", "")),
        edit("one use of tensor \"0.b\"", f -> f.replace("[\\\"b\\\"]", "[\\\"b\\\",\\\"b\\\"]")),
        edit("of dtype F32 or F16, but found I32", f -> f.replace("F32", "I32")),
        edit("32 hexadecimal digits", f -> f.replace("]}]}\"", "]}],\\\"frozen\\\":\\\"0\\\"}\"")));
  }

  /** Of a file whose layers share coefficients. */
  static Stream<Arguments> owners() {
    return Stream.of(
        edit(
            "layer \"1\", coefficientsOf: a layer of the recipe, but found \"7\"",
            f -> f.replace(json("'coefficientsOf':'0'"), json("'coefficientsOf':'7'"))),
        edit(
            "coefficientsOf: a layer with coefficients of its own, but found \"1\"",
            f -> f.replace(json("'coefficientsOf':'0'"), json("'coefficientsOf':'1'"))),
        edit(
            "coefficientsOf: a layer with coefficients of its own, but found \"2\"",
            f -> f.replace(json("'coefficientsOf':'0'"), json("'coefficientsOf':'2'"))),
        edit(
            "coefficientsOf: a layer with coefficients of its own, but found \"0\"",
            f ->
                without(f, json("'seed':"), json("'direct'"))
                    .replace(json("['b']"), json("['alpha','b']"))),
        edit(
            "layer \"1\", coefficientsOf: coefficients \"alpha\" of shape [1, 6] in layer \"0\","
                + " but found {alpha=[1, 5]}",
            f ->
                f.replace(json("],'w0'"), "," + method(f).replace("5", "6") + json("],'w0'"))
                    .replace("[9,9,9,0,0]", "[9,9,9,1,0]")),
        edit(
            "layer \"1\", coefficientsOf: coefficients \"w\" of shape [1, 5] in layer \"0\"",
            f ->
                f.replace(
                        json("],'w0'"),
                        json(
                            ",{'method':'hashednet','buckets':5,'balanced':false,'gain':1.0}],'w0'"))
                    .replace("[9,9,9,0,0]", "[9,9,9,1,0]")),
        edit(
            "layer 1, coefficientsOf: a string, but found 0",
            f -> f.replace(json("'coefficientsOf':'0'"), json("'coefficientsOf':0"))),
        edit(
            "layer 0: only known fields, but found \"coefficientsOf\"",
            f ->
                without(f, json("'seed':"), json("'direct'"))
                    .replace(json("'direct':['b']"), json("'coefficientsOf':'2','direct':['b']"))),
        edit(
            "weight \"W\", which has no vectors of its own: [rows, columns, fanIn, method, w0], but"
                + " found [9,9,9,0,0,4,1]",
            f -> f.replace("[9,9,9,0,0]", "[9,9,9,0,0,4,1]")),
        edit("a tensor \"1.alpha\"", f -> f.replace(json("'coefficientsOf':'0',"), "")));
  }

  /** Of a file of quantized coefficients: 20 bytes of biases, then two vectors in 2 bytes each. */
  static Stream<Arguments> quantization() {
    return Stream.of(
        edit("weight \"W\": 2 to 8 bits, but found 9", f -> f.replace("0,0,4,", "0,0,9,")),
        edit("2 to 8 bits, but found 1", f -> f.replace("0,0,4,", "0,0,1,")),
        edit("2 to 8 bits, but found 4.0", f -> f.replace("0,0,4,", "0,0,4.0,")),
        edit(
            "[rows, columns, fanIn, method, w0], or bits and the greatest magnitude of [alpha,"
                + " beta] too, but found [6,5,6,0,0,4,",
            f -> f.replace("0,0,4,", "0,0,4,1,")),
        edit(
            "or bits and the greatest magnitude of [alpha, beta] too, but found [6,5,6,0,0,4]",
            f -> f.replace(magnitudes(f), "")),
        edit(
            "weight \"W\", alpha: a greatest magnitude from 0 on, in float32's range, but found -1",
            f -> f.replace(magnitudes(f), ",-1,1")),
        edit("beta: a greatest magnitude", f -> f.replace(magnitudes(f), ",1,1e39")),
        edit("a number of 64 bits, but found 1e999", f -> f.replace(magnitudes(f), ",1,1e999")),
        edit(
            "layer 1, weight \"W\": one vector of name \"0.b.W.alpha\", but found two",
            f -> namesakes(f)),
        edit("beta: a greatest magnitude", f -> f.replace(magnitudes(f), ",1,-0.0")),
        edit("beta: a greatest magnitude", f -> f.replace(magnitudes(f), ",1,null")),
        edit(
            "codes of \"0.beta\" as a quantizer gives, but found the greatest magnitude 0.0 is not",
            f -> f.replace(magnitudes(f), ",1,0")),
        edit(
            "a tensor \"coefficients\", as its weights are quantized, but found only [0.b, c]",
            f -> f.replace("\"coefficients\"", "\"c\"")),
        edit(
            "tensor \"coefficients\" of U8 [4], which its quantized vectors fill, but found I8 [4]",
            f -> f.replace("U8", "I8")),
        edit("of U8 [4], which its quantized vectors fill", f -> f.replace("[4]", "[2,2]")),
        edit(
            "of U8 [5], which its quantized vectors fill, but found U8 [4]",
            f -> f.replace("0,0,4,", "0,0,5,")),
        edit(
            "codes of \"0.alpha\" as a quantizer gives, but found codes of 4 bits end at -7 and 7,"
                + " but code 1 is -8",
            f -> withData(f, 20, 0x80)),
        edit("unused bits of the last byte", f -> withData(f, 23, f.data()[23] | 0x10)),
        edit("only known fields", f -> f.replace(json("'layers'"), json("'bits':4,'layers'"))));
  }

  /** Layers "0" and "0.b", whose vectors would have one name. */
  private static FileEdit namesakes(FileEdit file) {
    String weight = "[6,5,6,0,0" + ",4" + magnitudes(file) + "]";
    String layer =
        "{'name':'%s','type':'X','seed':1,'weights':{'%s':" + weight + ",'V':" + weight + "}}";
    String begin = json("'layers':[");
    String layers =
        json("'layers':[" + layer.formatted("0", "b.W") + "," + layer.formatted("0.b", "W") + "],");
    int from = file.header().indexOf(begin);
    int to = file.header().indexOf("]}\"", from) + 1;
    return new FileEdit(
        file.header().substring(0, from)
            + layers.substring(0, layers.length() - 1)
            + file.header().substring(to),
        file.data());
  }

  private static String magnitudes(FileEdit file) {
    int begin = file.header().indexOf("0,0,4,") + "0,0,4".length();
    return file.header().substring(begin, file.header().indexOf(']', begin));
  }

  private static FileEdit withData(FileEdit file, int index, int value) {
    byte[] data = file.data().clone();
    data[index] = (byte) value;
    return new FileEdit(file.header(), data);
  }

  /** JSON within JSON, with apostrophes for what are quotation marks there. */
  private static String json(String text) {
    return text.replace("'", "\\\"");
  }

  private static String method(FileEdit file) {
    int begin = file.header().indexOf(json("{'method'"));
    return file.header().substring(begin, file.header().indexOf('}', begin) + 1);
  }

  private static FileEdit without(FileEdit file, String from, String to) {
    int begin = file.header().indexOf(from);
    return file.replace(file.header().substring(begin, file.header().indexOf(to, begin)), "");
  }

  private static Arguments edit(String message, UnaryOperator<FileEdit> edit) {
    return Arguments.of(message, edit);
  }

  @ParameterizedTest
  @MethodSource({"structure", "metadata", "recipe"})
  void oneClearMessage(String message, UnaryOperator<FileEdit> edit) {
    assertRefused(edit.apply(FileEdit.of(file)).sealed(), message);
  }

  @ParameterizedTest
  @MethodSource("structuredBases")
  void oneClearMessageWhereBasesAreStructured(String message, UnaryOperator<FileEdit> edit) {
    assertRefused(edit.apply(FileEdit.of(structured)).sealed(), message);
  }

  @Test
  void aFileOfTheFirstVersionHasNoStructuredBases() {
    FileEdit first = FileEdit.of(file);
    assertRefused(
        first.replace("\"nola-adapter\":\"1\"", "\"nola-adapter\":\"2\"").sealed(),
        "format version 1, as the distributions of its bases need, but found version 2");
    assertRefused(
        first.replace("{\\\"methods", "{\\\"basis\\\":2,\\\"methods").sealed(),
        "weights of a distribution of basis version 2, but found none");
  }

  @ParameterizedTest
  @MethodSource("owners")
  void oneClearMessageWhereCoefficientsAreShared(String message, UnaryOperator<FileEdit> edit) {
    assertRefused(edit.apply(FileEdit.of(tied)).sealed(), message);
  }

  @ParameterizedTest
  @MethodSource("quantization")
  void oneClearMessageWhereCoefficientsAreQuantized(String message, UnaryOperator<FileEdit> edit) {
    assertRefused(edit.apply(FileEdit.of(quantized)).sealed(), message);
  }

  @Test
  void unharmedFileReads() {
    assertEquals(12, Adapter.read(ByteBuffer.wrap(structured), NAME).size());
    assertEquals(12, Adapter.read(ByteBuffer.wrap(quantized), NAME).size());
    assertEquals(12, Adapter.read(ByteBuffer.wrap(FileEdit.of(file).sealed()), NAME).size());
  }

  @Test
  void everyTruncationIsNoticed() {
    for (int length = 0; length < file.length; length++) {
      assertRefused(Arrays.copyOf(file, length), "");
    }
  }

  @Test
  void everyFlippedBitIsNoticed() {
    for (int bit = 0; bit < 8 * file.length; bit++) {
      byte[] flipped = file.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertRefused(flipped, "");
    }
  }

  @Test
  void tamperedNumbersAndRecipesAreNoticed() {
    byte[] changed = file.clone();
    changed[file.length - 2] ^= 1;
    assertRefused(changed, "contents of digest ");
    byte[] reseeded = FileEdit.of(file).replace("\\\"seed\\\":", "\\\"seed\\\":1").unsealed();
    assertRefused(reseeded, "");
    assertRefused(
        FileEdit.of(file).replace("\\\"c\\\":1.0", "\\\"c\\\":2.0").unsealed(),
        "contents of digest ");
  }

  @Test
  void absurdHeaderLengths() {
    for (long length : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, file.length - 7}) {
      byte[] changed = file.clone();
      ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      assertRefused(changed, "a header length of at most " + (file.length - 8));
    }
  }

  @Test
  void notFinite() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      byte[] changed = file.clone();
      int at = file.length - 48 + 16 + 4;
      ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putFloat(at, value);
      assertRefused(
          FileEdit.seal(changed),
          "finite numbers in tensor \"0.beta\", but found " + value + " at 1");
    }
  }

  /** Dealing out 2^31 buckets would take 24 GiB. */
  @Test
  void hugeShapesOfSmallFilesTakeNoMemory() throws IOException {
    Adapter adapter =
        Adapter.of(
            Networks.stack(
                7,
                6,
                Bias.NONE,
                List.of(5),
                List.of(new HashedNet(4, true, 1, FrozenWeight.none()))));
    byte[] huge =
        FileEdit.of(FileEdit.bytes(adapter, Precision.F16, folder))
            .replace("[6,5,6,0,0]", "[65536,32767,6,0,0]")
            .sealed();
    assertEquals(4, Adapter.read(ByteBuffer.wrap(huge), NAME).size());
  }

  @Test
  void foreignFilesAreNoAdapters() throws IOException {
    Path path = folder.resolve("model.safetensors");
    new SafetensorsWriter()
        .floats("W", TensorType.F32, List.of(1L), () -> new float[1])
        .write(path, Map.of("format", "pt"));
    String message = assertThrows(FileFormatException.class, () -> Adapter.read(path)).getMessage();
    assertTrue(message.startsWith(path + ": expected metadata \"nola-adapter\""), message);
  }

  @Test
  void messagesAreShort() {
    FileEdit edit = FileEdit.of(file).replace("\"F32\"", "\"" + "F".repeat(100_000) + "\"");
    assertTrue(assertRefused(edit.sealed(), "a dtype").length() < 1000);
  }

  /** Each of many layers that take their coefficients from one that has many weights. */
  @Test
  void workIsProportionalToTheFile() {
    int many = 2000;
    StringJoiner tensors = new StringJoiner(",");
    StringJoiner weights = new StringJoiner(",", "'weights':{", "}");
    StringJoiner layers = new StringJoiner(",", "'layers':[", "]");
    for (int i = 0; i < many; i++) {
      tensors.add(
          "\"o.%d.alpha\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[%d,%d]}"
              .formatted(i, 4 * i, 4 * i + 4));
      weights.add("'%d':[9,9,9,0,0]".formatted(i));
    }
    layers.add("{'name':'o','type':'X','seed':1," + weights + "}");
    for (int i = 0; i < many; i++) {
      layers.add(
          "{'name':'%d','type':'X','seed':1,'coefficientsOf':'o','weights':{%s}}"
              .formatted(i, "'0':[9,9,9,0,0],'1':[9,9,9,0,0]"));
    }
    FileEdit edit = FileEdit.of(tied);
    String methods = edit.header().substring(edit.header().indexOf(json("{'methods'")));
    methods = methods.substring(0, methods.indexOf(json("'layers'"))).replace(":5,", ":1,");
    String head = edit.header().substring(0, edit.header().indexOf(json("{'methods'")));
    byte[] bytes =
        new FileEdit(
                head + methods + json(layers + "}") + "\"}," + tensors + "}", new byte[4 * many])
            .sealed();
    long thread = Thread.currentThread().getId();
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(thread);
    assertEquals(many, Adapter.read(ByteBuffer.wrap(bytes), NAME).size());
    long allocated = threads.getThreadAllocatedBytes(thread) - before;
    assertTrue(allocated < 300L * bytes.length, () -> allocated + " for " + bytes.length);
  }

  /** A header of values that take thirty times their text, and one that is all text. */
  @Test
  void headersAreBounded() {
    FileEdit edit = FileEdit.of(file);
    assertRefused(
        edit.replace("[1,4]", "[" + "[],".repeat(200_000) + "[]]").unsealed(),
        "at most 131072 values, but found more");
    String note = "x".repeat(8 << 20);
    assertRefused(
        edit.replace("\"network\":", "\"note\":\"" + note + "\",\"network\":").unsealed(),
        "a header length of at most 8388608 bytes in its first 8 bytes");
  }

  private static String assertRefused(byte[] bytes, String expected) {
    String message =
        assertThrows(FileFormatException.class, () -> Adapter.read(ByteBuffer.wrap(bytes), NAME))
            .getMessage();
    assertTrue(message.startsWith(NAME + ": expected "), message);
    assertTrue(message.contains(", but found ") && message.contains("; "), message);
    assertTrue(message.contains(expected), () -> message + "\ndoes not say: " + expected);
    return message;
  }
}
