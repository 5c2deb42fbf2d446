// SPDX-License-Identifier: Apache-2.0
package org.nola4j.modelfile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import example.ForeignActivation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nola4j.io.FileFormatException;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.Nola;

@Tag("slow")
class ModelFileTest {
  private static boolean deserialized;

  @TempDir private Path folder;

  private static final class Bomb implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    @Serial
    private void readObject(ObjectInputStream in) {
      deserialized = true;
    }
  }

  private static MultiLayerNetwork layers(DataType type) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .dataType(type)
                .updater(new Adam(new MapSchedule(ScheduleType.EPOCH, Map.of(0, 0.1, 3, 0.01))))
                .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .l2(1e-4)
                .list()
                .layer(
                    new ConvolutionLayer.Builder(3, 3)
                        .nOut(4)
                        .weightInit(new NormalDistribution(0, 0.1))
                        .dropOut(new GaussianDropout(0.1))
                        .weightNoise(new DropConnect(0.9))
                        .constrainWeights(new MaxNormConstraint(2, 1))
                        .build())
                .layer(new BatchNormalization())
                .layer(new ActivationLayer(new ActivationLReLU(0.1)))
                .layer(new SubsamplingLayer.Builder().kernelSize(2, 2).build())
                .layer(new FrozenLayer(new DenseLayer.Builder().nOut(6).build()))
                .layer(
                    new NolaDense.Builder()
                        .nIn(6)
                        .nOut(5)
                        .reparameterization(Nola.scratch(2, 3, 3))
                        .build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutionalFlat(8, 8, 1))
                .build());
    network.init();
    return network;
  }

  private static ComputationGraph graph() {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("a.b", new Bidirectional(new LSTM.Builder().nOut(4).build()), "in")
                .addLayer("c", new LSTM.Builder().nOut(8).build(), "in")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "a.b", "c")
                .addLayer(
                    "out",
                    new RnnOutputLayer.Builder(LossFunction.MSE)
                        .nOut(2)
                        .activation(Activation.IDENTITY)
                        .build(),
                    "sum")
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(3))
                .build());
    graph.init();
    return graph;
  }

  private Path write(Model network) throws IOException {
    Path file = folder.resolve("model.zip");
    ModelSerializer.writeModel(network, file.toFile(), true);
    return file;
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void readsWhatModelSerializerWrites(DataType type) throws IOException {
    MultiLayerNetwork network = layers(type);
    MultiLayerNetwork read = (MultiLayerNetwork) ModelFile.of(write(network)).read();
    assertEquals(network.params(), read.params());
    assertEquals(type, read.params().dataType());
    MultiLayerNetwork expected =
        ModelSerializer.restoreMultiLayerNetwork(folder.resolve("model.zip").toFile(), false);
    assertEquals(
        expected.getLayerWiseConfigurations().toJson(), read.getLayerWiseConfigurations().toJson());
    INDArray x = Nd4j.rand(type, 2, 64);
    assertEquals(network.output(x), read.output(x));
  }

  @Test
  void graphsToo() throws IOException {
    ComputationGraph graph = graph();
    ComputationGraph read = (ComputationGraph) ModelFile.of(write(graph)).read();
    assertEquals(graph.params(), read.params());
    INDArray x = Nd4j.rand(2, 3, 5);
    assertEquals(graph.outputSingle(x), read.outputSingle(x));
  }

  @ParameterizedTest
  @EnumSource(names = {"HALF", "BFLOAT16"})
  void halfPrecisionToo(DataType type) throws IOException {
    INDArray row = Nd4j.linspace(DataType.FLOAT, -3, 0.37, 20).castTo(type).reshape(1, 20);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Nd4j.write(row, new DataOutputStream(bytes));
    ParameterReader reader =
        new ParameterReader("x", new ByteArrayInputStream(bytes.toByteArray()));
    assertEquals(row, reader.numbers(reader.header()));
  }

  @Test
  void everythingElseIsCopied() throws IOException {
    MultiLayerNetwork network = layers(DataType.FLOAT);
    Path file = write(network);
    NormalizerStandardize normalizer = new NormalizerStandardize();
    normalizer.fit(new DataSet(Nd4j.rand(20, 5).mul(7), Nd4j.zeros(20, 3)));
    ModelSerializer.addNormalizerToModel(file.toFile(), normalizer);
    List<String> labels = new ArrayList<>(List.of("cat", "dog", "bird"));
    ModelSerializer.addObjectToFile(file.toFile(), "labels", labels);
    byte[] unknown = {1, 2, 3};
    put(file, "note.txt", unknown);
    network.params().muli(2);
    Path copy = folder.resolve("copy.zip");
    List<String> copied = ModelFile.of(file).write(network, copy);
    assertEquals(3, copied.size(), copied.toString());
    assertEquals(normalizer, ModelSerializer.restoreNormalizerFromFile(copy.toFile()));
    assertEquals(labels, ModelSerializer.getObjectFromFile(copy.toFile(), "labels"));
    assertArrayEquals(unknown, entries(copy).get("note.txt"));
    assertFalse(entries(copy).containsKey("updaterState.bin"));
    MultiLayerNetwork read = ModelSerializer.restoreMultiLayerNetwork(copy.toFile());
    assertEquals(network.params(), read.params());
  }

  @Test
  void nothingIsDeserialized() throws IOException {
    Path file = write(layers(DataType.FLOAT));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new Bomb());
    }
    put(file, "preprocessor.bin", bytes.toByteArray());
    assertThrows(
        ClassCastException.class, () -> ModelSerializer.restoreMultiLayerNetwork(file.toFile()));
    assertTrue(deserialized, "Deeplearning4j runs what is in the file");
    deserialized = false;
    Model network = ModelFile.of(file).read();
    Path copy = folder.resolve("copy.zip");
    ModelFile.of(file).write(network, copy);
    assertFalse(deserialized);
    assertArrayEquals(bytes.toByteArray(), entries(copy).get("preprocessor.bin"));
  }

  /** In all forms in which Jackson and Deeplearning4j accept a class name. */
  @Test
  void onlyKnownClassesAreLoaded() throws IOException {
    String name = "example.ForeignActivation"; // not loaded by its name
    String known = "\"@class\" : \"org.nd4j.linalg.activations.impl.ActivationSoftmax\"";
    Path file = write(layers(DataType.FLOAT));
    String json = configuration(file);
    assertTrue(json.contains(known));
    String object = json.replace(known, "\"@class\" : \"" + name + "\"");
    String array =
        json.replaceAll(
            "\\{\\s*\"@class\" : \"org.nd4j.linalg.activations.impl.ActivationSoftmax\"\\s*}",
            "[ \"" + name + "\", { } ]");
    assertFalse(array.contains("ActivationSoftmax"), array);
    for (String forged : List.of(object, array)) {
      put(file, "configuration.json", forged.getBytes(StandardCharsets.UTF_8));
      assertRefused(file, "but found \"" + name + "\" as a IActivation; if you trust the class");
      assertNull(System.getProperty(ForeignActivation.LOADED));
    }
    put(file, "configuration.json", object.getBytes(StandardCharsets.UTF_8));
    MultiLayerNetwork network =
        (MultiLayerNetwork) ModelFile.of(file).allowing(List.of(name)).read();
    assertEquals("true", System.getProperty(ForeignActivation.LOADED));
    assertEquals(7, network.getnLayers());
    String legacy = json.replaceAll(known, "\"Softmax\" : { }");
    put(file, "configuration.json", legacy.getBytes(StandardCharsets.UTF_8));
    assertRefused(file, "as Deeplearning4j writes it since 1.0.0-beta");
  }

  @Test
  void packagesAreAllowedWithTheirNestedClasses() {
    ClassNames names = ClassNames.USUAL.and(List.of("com.example.layers.*", "a.B"));
    for (String name :
        List.of(
            "com.example.layers.x.Y", "a.B", "a.B$C", "org.deeplearning4j.nn.conf.layers.LSTM")) {
      assertTrue(names.allow(name), name);
    }
    for (String name :
        List.of(
            "com.example.layersX.Y",
            "a.BC",
            "org.nola4j",
            "java.util.HashSet",
            "org.deeplearning4j.nn.conf.X<java.util.HashSet>")) {
      assertFalse(names.allow(name), name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"configuration.json", "coefficients.bin"})
  void bombsTakeNoMemory(String entry) throws IOException {
    Path file = write(layers(DataType.FLOAT));
    byte[] bomb = entry.endsWith(".json") ? new byte[100 << 20] : zeros(60_000_000);
    if (!entry.endsWith(".json")) {
      String json = configuration(file).replaceFirst("\"nout\" : 3,", "\"nout\" : 9999999,");
      put(file, "configuration.json", json.getBytes(StandardCharsets.UTF_8));
    }
    put(file, entry, bomb);
    bomb = null;
    long thread = Thread.currentThread().getId();
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(thread);
    assertRefused(file, "expected ");
    long bytes = threads.getThreadAllocatedBytes(thread) - before;
    assertTrue(bytes < 64 << 20, () -> bytes + " bytes");
  }

  /** The output of Nd4j.write for this many zeros. */
  private static byte[] zeros(int numbers) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeUTF("LONG_SHAPE");
    out.writeLong(8);
    out.writeUTF("LONG");
    for (long number : new long[] {2, 1, numbers, numbers, 1, 8192, 1, 99}) {
      out.writeLong(number);
    }
    out.writeUTF("MIXED_DATA_TYPES");
    out.writeLong(numbers);
    out.writeUTF("FLOAT");
    out.write(new byte[4 * numbers]);
    return bytes.toByteArray();
  }

  @Test
  void everyDamageNamesTheFile() throws IOException {
    Path file = write(layers(DataType.FLOAT));
    byte[] parameters = entries(file).get("coefficients.bin");
    put(file, "coefficients.bin", Arrays.copyOf(parameters, parameters.length - 1));
    assertRefused(file, "but found the end of them before that");
    put(file, "coefficients.bin", Arrays.copyOf(parameters, parameters.length + 1));
    assertRefused(file, "but found more of them");
    put(file, "coefficients.bin", new byte[1]);
    assertRefused(file, "a whole array, but found the end of them before that");
    put(file, "coefficients.bin", new byte[] {0, 1, -1, 0});
    assertRefused(file, "a model that Deeplearning4j's ModelSerializer wrote");
    put(file, "configuration.json", "{\"confs\": 1}".getBytes(StandardCharsets.UTF_8));
    assertRefused(file, "the configuration");
    put(file, "configuration.json", "{}".getBytes(StandardCharsets.UTF_8));
    assertRefused(file, "with either \"confs\" or \"vertices\"");
    Files.writeString(file, "no model");
    assertRefused(file, "expected a model that Deeplearning4j's ModelSerializer wrote");
  }

  @Test
  void parametersMustBeAsManyAsTheConfigurationSays() throws IOException {
    Path file = write(layers(DataType.FLOAT));
    MultiLayerConfiguration other =
        new NeuralNetConfiguration.Builder()
            .list()
            .layer(new OutputLayer.Builder().nIn(1 << 30).nOut(1 << 30).build())
            .build();
    put(file, "configuration.json", other.toJson().getBytes(StandardCharsets.UTF_8));
    assertRefused(file, "expected 1152921505680588800 parameters, as the configuration says");
  }

  private static void assertRefused(Path file, String message) {
    String found =
        assertThrows(FileFormatException.class, () -> ModelFile.of(file).read()).getMessage();
    assertTrue(found.startsWith(file + ": expected ") && found.contains(message), found);
  }

  private static String configuration(Path file) throws IOException {
    return new String(entries(file).get("configuration.json"), StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> entries(Path file) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  /** Adds or replaces an entry. */
  private static void put(Path file, String name, byte[] bytes) throws IOException {
    Map<String, byte[]> entries = entries(file);
    entries.put(name, bytes);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
  }
}
