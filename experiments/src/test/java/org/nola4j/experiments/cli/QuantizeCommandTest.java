// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.inspect.SafetensorsInspector;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.models.Mlp;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.reparameterization.Nola;

class QuantizeCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path source;
  private byte[] bytes;

  @BeforeEach
  void write() throws IOException {
    source = folder.resolve("task.safetensors");
    adapter(ReparameterizationPlan.all(Nola.scratch(2, 50, 30))).write(source, Precision.F32);
    bytes = Files.readAllBytes(source);
  }

  @Test
  void writesBesideTheSourceAndPrintsWhatItSavesAndCosts() throws IOException {
    assertEquals(0, quantize("--bits", "4", "--format", "csv"));
    assertArrayEquals(bytes, Files.readAllBytes(source));
    Path target = folder.resolve("task-4bit.safetensors");
    assertEquals("wrote " + target + "\n", err.toString());
    Adapter quantized = Adapter.read(target);
    assertEquals(Adapter.read(source).quantized(4), quantized);

    List<String> lines = out.toString().lines().toList();
    assertEquals(
        "layer,vector,numbers,bytesBefore,bytesAfter,bytesANumber,greatestError,rmsError",
        lines.get(0));
    assertEquals(1 + 4 + 1, lines.size());
    assertTrue(lines.get(1).startsWith("dense1,alpha,50,200,25,0.5,0.0"), lines.get(1));
    double greatest = Double.parseDouble(lines.get(1).split(",", -1)[6]);
    double rms = Double.parseDouble(lines.get(1).split(",", -1)[7]);
    assertTrue(rms > 0 && rms < greatest && greatest <= 1 / 14.0 + 1e-7, lines.get(1));
    String whole =
        "whole file,,%d,%d,%d,".formatted(quantized.size(), bytes.length, Files.size(target));
    assertTrue(lines.get(5).startsWith(whole), lines.get(5));
  }

  @Test
  void otherNumbersStayAsTheyAreUnlessAsked() throws IOException {
    Path half = folder.resolve("half.safetensors");
    assertEquals(0, quantize("--bits=3", "--out", half.toString(), "--floats=F16"));
    assertEquals(Adapter.read(source).quantized(3).bytes(Precision.F16), Files.size(half));
    Path again = folder.resolve("again.safetensors");
    assertEquals(0, execute("quantize", half.toString(), "--bits=2", "--out", again.toString()));
    assertEquals(Adapter.read(half).quantized(2).bytes(Precision.F16), Files.size(again));
    assertEquals(OptionalInt.of(2), Adapter.read(again).bits("dense1", "beta"));
  }

  @Test
  void nothingIsOverwrittenUnlessAsked() throws IOException {
    assertWrong(
        source + " already exists: choose another --out, or replace it with --overwrite",
        "--bits=4",
        "--out",
        source.toString());
    assertArrayEquals(bytes, Files.readAllBytes(source));
    assertEquals(0, quantize("--bits=4", "--out", source.toString(), "--overwrite"));
    assertTrue(Files.size(source) < bytes.length);
  }

  @Test
  void notesAreKeptAndAdded() throws IOException {
    Adapter.read(source)
        .withNotes(Map.of("task", "digits", "base", "mlp"))
        .write(source, Precision.F32);
    assertEquals(0, quantize("--bits=4", "--note", "task=a=b", "--note", "by=me"));
    assertEquals(
        Map.of("task", "a=b", "base", "mlp", "by", "me"),
        Adapter.read(folder.resolve("task-4bit.safetensors")).notes());
    Files.delete(folder.resolve("task-4bit.safetensors"));
    assertEquals(2, quantize("--bits=4", "--note", "two words=x"));
    assertTrue(
        err.toString().contains("error: --note: a note's name has 1 to 64 letters"),
        err.toString());
    assertEquals(2, quantize("--bits=4", "--note", "task"));
    assertEquals(2, err.toString().lines().filter(line -> line.startsWith("error: ")).count());
  }

  @Test
  void wrongInputIsOneLine() throws IOException {
    assertWrong("quantization takes 2 to 8 bits per number, but bits = 9", "--bits=9");
    assertWrong("--out: " + folder + " is a directory", "--bits=4", "--out", folder.toString());
    assertWrong(
        "--out: no such directory: " + folder.resolve("no"),
        "--bits=4",
        "--out",
        folder.resolve("no/a.safetensors").toString());
    assertEquals(2, execute("quantize", folder.toString(), "--bits=4"));
    assertTrue(
        err.toString()
            .contains("expected a file, but " + folder + " is a folder; give the file in it"),
        err.toString());
    Files.write(source, new byte[100]);
    assertEquals(2, quantize("--bits=4"));
    assertTrue(err.toString().contains("error: " + source + ": expected"), err.toString());
    adapter(ReparameterizationPlan.dense()).write(source, Precision.F32);
    assertWrong(
        source
            + ": nothing to quantize; it only has weights of the dense method and ordinary"
            + " layers",
        "--bits=4");
    assertFalse(Files.exists(folder.resolve("task-4bit.safetensors")));
  }

  @Test
  void inspectSaysThePrecision() throws IOException {
    assertEquals(0, quantize("--bits=4", "--floats=F16"));
    Path target = folder.resolve("task-4bit.safetensors");
    JsonNode json = inspect(target);
    assertEquals(Files.size(target), json.get("bytes").asLong());
    JsonNode first = json.at("/layers/0");
    assertEquals("NolaDense", first.get("type").asText());
    assertEquals("nola", first.at("/weights/W/method").asText());
    assertEquals("4 bits", first.at("/parameters/alpha/precision").asText());
    assertEquals(50, first.at("/parameters/alpha/shape/1").asInt());
    assertEquals("F16", first.at("/parameters/b/precision").asText());
    assertEquals("F32", inspect(source).at("/layers/0/parameters/alpha/precision").asText());
    Files.write(source, new byte[100]);
    assertEquals(2, execute("inspect", source.toString()));
  }

  private JsonNode inspect(Path file) throws IOException {
    out.getBuffer().setLength(0);
    assertEquals(0, execute("inspect", file.toString()));
    return Json.STRICT.readTree(out.toString());
  }

  private static Adapter adapter(ReparameterizationPlan plan) {
    MultiLayerNetwork network = Mlp.builder().nIn(9).hidden(7).nOut(3).plan(plan).build().init();
    return Adapter.of(network);
  }

  private void assertWrong(String message, String... options) {
    err.getBuffer().setLength(0);
    assertEquals(2, quantize(options));
    assertEquals("error: " + message + System.lineSeparator(), err.toString());
    assertEquals("", out.toString());
  }

  private int quantize(String... options) {
    List<String> arguments = new ArrayList<>(List.of("quantize", source.toString()));
    arguments.addAll(List.of(options));
    return execute(arguments.toArray(String[]::new));
  }

  private int execute(String... arguments) {
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    Catalog catalog = new Catalog(List.of(), List.of(), List.of(new SafetensorsInspector()));
    return Main.commandLine(catalog, screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
