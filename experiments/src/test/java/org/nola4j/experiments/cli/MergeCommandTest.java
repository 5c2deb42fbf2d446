// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import example.ForeignActivation;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.reparameterization.Lora;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

@Tag("slow")
class MergeCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final INDArray x = Nd4j.rand(8, 6);
  private final DataSet examples = new DataSet(x, Nd4j.rand(8, 3));

  private Path path(String name) {
    return folder.resolve(name);
  }

  private INDArray trainedNetwork() throws IOException {
    MultiLayerNetwork base =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam(0.05))
                .list()
                .layer(new DenseLayer.Builder().nIn(6).nOut(5).activation(Activation.TANH).build())
                .layer(new OutputLayer.Builder().nIn(5).nOut(3).build())
                .build());
    base.init();
    ModelSerializer.writeModel(base, path("base.zip").toFile(), true);
    Adapters<MultiLayerNetwork> adapters = Adapters.wrap(base, AdapterPlan.nola(2, 7));
    adapters.network().fit(examples);
    adapters.adapter().write(path("task.safetensors"), Precision.F32);
    return adapters.network().output(x);
  }

  private INDArray trainedGraph() throws IOException {
    ComputationGraph base =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam(0.05))
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                    "fc",
                    new DenseLayer.Builder().nIn(6).nOut(5).activation(Activation.TANH).build(),
                    "in")
                .addLayer("out", new OutputLayer.Builder().nIn(5).nOut(3).build(), "fc")
                .setOutputs("out")
                .build());
    base.init();
    ModelSerializer.writeModel(base, path("graph.zip").toFile(), true);
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, AdapterPlan.nola(2, 7));
    adapters.network().fit(examples);
    adapters.adapter().write(path("graph.safetensors"), Precision.F32);
    return adapters.network().outputSingle(x);
  }

  @Test
  void mergedModelsArePlainOnes() throws IOException {
    INDArray expected = trainedNetwork();
    assertEquals(0, execute("merge task.safetensors --base base.zip --out merged.zip"), "" + err);
    MultiLayerNetwork merged =
        ModelSerializer.restoreMultiLayerNetwork(path("merged.zip").toFile());
    assertTrue(expected.equalsWithEps(merged.output(x), 1e-6));
    assertFalse(merged.getLayerWiseConfigurations().toJson().contains("nola4j"));
    assertTrue(out.toString().startsWith(path("merged.zip") + ": 53 parameters, "), "" + out);
  }

  @Test
  void graphsToo() throws IOException {
    INDArray expected = trainedGraph();
    assertEquals(0, execute("merge graph.safetensors --base graph.zip --out merged.zip"), "" + err);
    ComputationGraph merged = ModelSerializer.restoreComputationGraph(path("merged.zip").toFile());
    assertTrue(expected.equalsWithEps(merged.outputSingle(x), 1e-6));
  }

  @Test
  void numbersArePrintedAlikeInAllCountries() throws IOException {
    trainedNetwork();
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertEquals(0, execute("merge task.safetensors --base base.zip --out merged.zip"));
    } finally {
      Locale.setDefault(before);
    }
    String bytes = String.format(Locale.ROOT, "%,d bytes", Files.size(path("merged.zip")));
    assertTrue(out.toString().contains(bytes), out.toString());
  }

  @Test
  void mistakesAreNamed() throws IOException {
    trainedNetwork();
    trainedGraph();
    Files.writeString(path("text.zip"), "no model");
    assertMistake("no such file", "merge task.safetensors --base none.zip --out merged.zip");
    assertMistake(
        "expected a model that Deeplearning4j's ModelSerializer wrote",
        "merge task.safetensors --base text.zip --out merged.zip");
    assertMistake(
        "matches none of the network's layers",
        "merge task.safetensors --base graph.zip --out merged.zip");
    assertMistake(
        "--out must not be the base model itself",
        "merge task.safetensors --base base.zip --out base.zip");
    assertFalse(Files.exists(path("merged.zip")));
  }

  @Test
  void nothingIsOverwrittenUnlessAskedAndInputsNever() throws IOException {
    trainedNetwork();
    Files.writeString(path("merged.zip"), "of value");
    assertMistake(
        path("merged.zip")
            + " already exists: choose another --out, or replace it with --overwrite",
        "merge task.safetensors --base base.zip --out merged.zip");
    assertEquals("of value", Files.readString(path("merged.zip")));
    assertMistake(
        "--out must not be the base model itself",
        "merge task.safetensors --base base.zip --out base.zip --overwrite");
    assertMistake(
        "--out must not be the adapter itself",
        "merge task.safetensors --base base.zip --out task.safetensors --overwrite");
    assertEquals(
        0,
        execute("merge task.safetensors --base base.zip --out merged.zip --overwrite"),
        "" + err);
    ModelSerializer.restoreMultiLayerNetwork(path("merged.zip").toFile()).close();
  }

  @Test
  void normalizersAndObjectsAreKept() throws IOException {
    trainedNetwork();
    NormalizerStandardize normalizer = new NormalizerStandardize();
    normalizer.fit(examples);
    ModelSerializer.addNormalizerToModel(path("base.zip").toFile(), normalizer);
    List<String> labels = new ArrayList<>(List.of("cat", "dog", "bird"));
    ModelSerializer.addObjectToFile(path("base.zip").toFile(), "labels", labels);
    assertEquals(0, execute("merge task.safetensors --base base.zip --out merged.zip"), "" + err);
    assertEquals(
        normalizer, ModelSerializer.restoreNormalizerFromFile(path("merged.zip").toFile()));
    assertEquals(labels, ModelSerializer.getObjectFromFile(path("merged.zip").toFile(), "labels"));
    assertTrue(out.toString().contains("copied unchanged: normalizer.bin, "), "" + out);
  }

  /** Finite numbers, whose product is not. */
  @Test
  void infiniteWeightsAreNotWritten() throws IOException {
    trainedNetwork();
    MultiLayerNetwork base =
        ModelSerializer.restoreMultiLayerNetwork(path("base.zip").toFile(), false);
    Adapters<MultiLayerNetwork> adapters =
        Adapters.wrap(base, AdapterPlan.builder().adaptAll(w0 -> Lora.on(w0, 2)).build());
    adapters.network().getParam("0_A").assign(1e25);
    adapters.network().getParam("0_B").assign(1e25);
    adapters.adapter().write(path("infinite.safetensors"), Precision.F32);
    assertMistake(
        "layer \"0\", weight \"W\" would have Infinity at 0",
        "merge infinite.safetensors --base base.zip --out merged.zip");
    assertFalse(Files.exists(path("merged.zip")));
  }

  /** Its own layer classes are loaded only where they are named. */
  @Test
  void classesOfOthersMustBeAllowed() throws IOException {
    trainedNetwork();
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(path("base.zip")))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    String json = new String(entries.get("configuration.json"), StandardCharsets.UTF_8);
    String other =
        json.replace(
            "org.nd4j.linalg.activations.impl.ActivationTanH", ForeignActivation.class.getName());
    entries.put("configuration.json", other.getBytes(StandardCharsets.UTF_8));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path("other.zip")))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    assertMistake(
        "but found \"" + ForeignActivation.class.getName() + "\" as a IActivation",
        "merge task.safetensors --base other.zip --out merged.zip");
    assertEquals(
        0,
        execute(
            "merge task.safetensors --base other.zip --out merged.zip --allow-class "
                + ForeignActivation.class.getName()),
        "" + err);
    assertTrue(Files.exists(path("merged.zip")));
  }

  private void assertMistake(String message, String line) {
    err.getBuffer().setLength(0);
    assertEquals(2, execute(line));
    assertTrue(err.toString().contains(message), err.toString());
    assertEquals(1, err.toString().lines().count(), err.toString());
  }

  private int execute(String line) {
    String[] words = line.split(" ");
    for (int i = 0; i < words.length; i++) {
      boolean file = words[i].endsWith(".zip") || words[i].endsWith(".safetensors");
      words[i] = file ? path(words[i]).toString() : words[i];
    }
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Main.commandLine(new Catalog(List.of(), List.of(), List.of()), screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(words);
  }
}
