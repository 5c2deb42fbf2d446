// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.inspect.SafetensorsInspector;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** {@code nola export} and {@code nola inspect} of what it reads and writes. */
class ExportCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void adapters() throws IOException {
    adapter("nola", Nola.on(FrozenWeight.seeded(), 2, 4, 3));
    adapter("pranc", Pranc.scratch(4));
    Files.writeString(folder.resolve("text.safetensors"), "no such thing");
  }

  private void adapter(String name, Reparameterization method) throws IOException {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new NolaDense.Builder().nOut(5).reparameterization(method).build())
                .layer(new OutputLayer.Builder().nOut(3).build())
                .setInputType(InputType.feedForward(6))
                .build());
    network.init();
    Adapter.of(network).write(folder.resolve(name + ".safetensors"), Precision.F32);
  }

  @Test
  void exportWritesWhatPeftReads() throws IOException {
    int status =
        execute(
            "export nola.safetensors --peft peft --name 0=encoder.dense --name 1=head"
                + " --base-model some/base");
    assertEquals(0, status, err.toString());
    assertEquals(
        """
        encoder.dense: 6 -> 5, rank 2, lora_alpha 1.0, bias
        head: 5 -> 3, stored whole, bias
        PEFT adapter: %s
        """
            .formatted(folder.resolve("peft")),
        out.toString());
    PeftAdapter adapter = PeftAdapter.read(folder.resolve("peft"));
    assertEquals("some/base", adapter.baseModel());
    assertEquals(
        List.of("encoder.dense", "head"),
        adapter.modules().stream().map(PeftModule::name).toList());
    out.getBuffer().setLength(0);
    assertEquals(2, execute("export nola.safetensors --peft peft --without 1"));
    assertEquals(
        "error: %s already exists: choose another --peft, or replace it with --overwrite\n"
            .formatted(folder.resolve("peft/adapter_config.json")),
        err.toString());
    assertEquals(2, PeftAdapter.read(folder.resolve("peft")).modules().size());
    assertEquals(0, execute("export nola.safetensors --peft peft --without 1 --overwrite"));
    assertEquals(1, PeftAdapter.read(folder.resolve("peft")).modules().size());
  }

  @Test
  void inspectShowsAdaptersOfBothKinds() throws IOException {
    assertEquals(0, execute("inspect nola.safetensors"), err.toString());
    JsonNode ours = Json.STRICT.readTree(out.toString());
    assertEquals(7 + 5 + 18, ours.at("/numbers").asInt());
    assertEquals("NolaDense", ours.at("/layers/0/type").asText());
    assertEquals("[6,5]", ours.at("/layers/0/weights/W/shape").toString());
    assertEquals("[1,4]", ours.at("/layers/0/parameters/alpha/shape").toString());
    assertEquals(0, execute("export nola.safetensors --peft peft"));
    out.getBuffer().setLength(0);
    assertEquals(0, execute("inspect peft/adapter_model.safetensors"), err.toString());
    JsonNode peft = Json.STRICT.readTree(out.toString());
    assertEquals(0.5, peft.at("/modules/0/scale").asDouble());
    assertEquals(3, peft.at("/modules/1/outputs").asInt());
    assertTrue(peft.at("/baseModel").isNull());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "export pranc.safetensors --peft peft | layer \"0\" cannot be exported to PEFT: pranc has"
            + " no two factors; train NOLA or LoRA for PEFT, or leave the layer out",
        "export nola.safetensors --peft peft --name 2=x | layers to name: there is no [2], only [0,"
            + " 1]",
        "export nola.safetensors --peft peft --without x | layers to leave out: there is no [x],"
            + " only [0, 1]",
        "export none.safetensors --peft peft | no such file: FOLDER/none.safetensors",
        "export text.safetensors --peft peft | FOLDER/text.safetensors: expected a header length of"
            + " at most 5 bytes in its first 8 bytes, but found 2335225762885431150; it is not a"
            + " safetensors file, or is truncated: copy, download or write it again",
        "export nola.safetensors --peft peft --gpt2 --name 0=x | --gpt2 names all modules: leave"
            + " --name and --without out",
        "export nola.safetensors | Missing required option: '--peft=DIR' (see nola export --help)",
        "inspect text.safetensors | FOLDER/text.safetensors: expected a header length of at most 5"
            + " bytes in its first 8 bytes, but found 2335225762885431150; it is not a safetensors"
            + " file, or is truncated: copy, download or write it again"
      })
  void wrongInputIsOneLineAndStatusTwo(String arguments, String message) {
    assertEquals(2, execute(arguments));
    assertEquals("error: " + message.replace("FOLDER", folder.toString()) + "\n", err.toString());
    assertFalse(Files.exists(folder.resolve("peft")));
  }

  /** Files are named without the test's folder. */
  private int execute(String arguments) {
    String[] words = arguments.split(" ");
    for (int i = 0; i < words.length; i++) {
      boolean path = words[i].endsWith(".safetensors") || words[i].equals("peft");
      words[i] = path ? folder.resolve(words[i]).toString() : words[i];
    }
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    Catalog catalog = new Catalog(List.of(), List.of(), List.of(new SafetensorsInspector()));
    return Main.commandLine(catalog, screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(words);
  }
}
