// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.method.RsLora;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.FrozenWeight;

/** A method from outside in configurations and on the command line. */
class RegisteredMethodTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void configuration() throws IOException {
    Files.writeString(
        Files.createDirectories(folder.resolve("configs/mnist")).resolve("rslora.json"),
        "{\"reparameterization\": {\"method\": \"rslora\", \"rank\": 4, \"w0\": \"seeded\"}}");
  }

  @Test
  void runsFromItsConfiguration() throws IOException {
    assertEquals(0, run("--set", "reparameterization.alpha=2"), err.toString());
    JsonNode plan = Json.STRICT.readTree(out.toString()).get(0);
    assertEquals("rslora", plan.at("/config/reparameterization/method").asText());
    assertEquals(2, plan.at("/config/reparameterization/alpha").asInt());
    assertEquals(4 * (784 + 256), plan.at("/layers/dense1/coefficients").asInt(), plan.toString());
  }

  @Test
  void wrongSettingsAreNamed() {
    assertEquals(2, run("--set", "reparameterization.alpah=2"));
    assertEquals(
        "error: --set reparameterization.alpah: unknown key reparameterization.alpah; did you mean"
            + " alpha? (valid in reparameterization: method, rank, alpha, w0, shared,"
            + " rankTimesKernel, capRank, coefficientBits, dropout, bases)\n",
        err.toString());
  }

  @Test
  void adapterFilesAreInspectedAndExported() throws IOException {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new NolaDense.Builder()
                        .nOut(5)
                        .reparameterization(new RsLora(4, 3, FrozenWeight.seeded()))
                        .build())
                .layer(new OutputLayer.Builder().nOut(3).build())
                .setInputType(InputType.feedForward(6))
                .build());
    network.init();
    Path file = folder.resolve("rslora.safetensors");
    Adapter.of(network).write(file, Precision.F32);
    assertEquals(0, execute("inspect", file.toString()), err.toString());
    JsonNode inspected = Json.STRICT.readTree(out.toString());
    assertEquals("rslora", inspected.at("/layers/0/weights/W/method").asText());
    out.getBuffer().setLength(0);
    String peft = folder.resolve("peft").toString();
    assertEquals(0, execute("export", file.toString(), "--peft", peft), err.toString());
    assertTrue(
        out.toString().startsWith("0: 6 -> 5, rank 4, lora_alpha 6.0, bias"), out.toString());
  }

  private int run(String... options) {
    String[] all = {
      "run",
      "mnist",
      "--dry-run",
      "--configs",
      folder.resolve("configs").toString(),
      "--out",
      folder.resolve("out").toString(),
      "--method",
      "rslora",
      options[0],
      options[1]
    };
    return execute(all);
  }

  private int execute(String... arguments) {
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Main.commandLine(Catalog.installed(), screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
