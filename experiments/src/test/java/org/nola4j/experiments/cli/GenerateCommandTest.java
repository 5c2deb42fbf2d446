// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.SharedFiles;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.models.Gpt2;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.models.generation.Decoding;
import org.nola4j.models.generation.Generator;
import org.nola4j.reparameterization.Lora;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** With a model whose vocabulary is the alphabet. */
@Tag("slow")
class GenerateCommandTest {
  private static final int END = 26;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private ComputationGraph base;
  private ComputationGraph adapted;

  @BeforeEach
  void write() throws IOException {
    StringBuilder vocabulary = new StringBuilder("{");
    for (char letter = 'a'; letter <= 'z'; letter++) {
      vocabulary.append("\"%s\": %d, ".formatted(letter, letter - 'a'));
    }
    Files.writeString(
        folder.resolve("encoder.json"), vocabulary + "\"<|endoftext|>\": " + END + "}");
    Files.writeString(folder.resolve("vocab.bpe"), "#version: 0.2\n");
    base = Gpt2.sized(16, 1).heads(2).vocabularySize(27).maxPositions(24).build().init();
    base.params().muli(3);
    Gpt2Checkpoint.write(base, folder.resolve("model.safetensors"), TensorType.F32);
    Adapters<ComputationGraph> adapters =
        Adapters.wrap(
            base, AdapterPlan.builder().adapt("block.\\.[qv]", w0 -> Lora.on(w0, 2)).build());
    adapted = adapters.network();
    for (int i = 0; i < adapted.params().length(); i++) {
      adapted.params().putScalar(i, Math.sin(i) * 2);
    }
    adapters.adapter().write(folder.resolve("task.safetensors"), Precision.F32);
  }

  private int execute(String... arguments) {
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Main.commandLine(Catalog.installed(), screen)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  private static String expected(ComputationGraph network, String prompt, Decoding decoding) {
    int[] tokens = prompt.chars().map(letter -> letter == '|' ? END : letter - 'a').toArray();
    int[] text =
        Generator.of(network)
            .generate(List.of(tokens), decoding.withEndTokens(Set.of(END)))
            .get(0)
            .text();
    return IntStream.of(text)
        .mapToObj(token -> String.valueOf((char) ('a' + token)))
        .reduce("", String::concat);
  }

  private String printed() {
    return out.toString().strip();
  }

  @Test
  void continuesPrompts() {
    String model = folder.toString();
    assertEquals(
        0,
        execute("generate", "--base", model, "--prompt", "nola", "--max-tokens", "7"),
        err.toString());
    String plain = expected(base, "nola", Decoding.greedy(7));
    assertEquals(plain, printed());
    out.getBuffer().setLength(0);
    String adapter = folder.resolve("task.safetensors").toString();
    assertEquals(
        0,
        execute(
            "generate",
            "--base",
            model,
            "--adapter",
            adapter,
            "--prompt",
            "nola",
            "--max-tokens",
            "7",
            "--data-to-text"),
        err.toString());
    Decoding paper = new Decoding(7, Set.of(), 4, 10, 0.8, null);
    assertEquals(expected(adapted, "nola|", paper), printed());
    assertNotEquals(plain, printed());
  }

  @Test
  void llamasWriteStories() {
    String stories = SharedFiles.find("data/stories260k/stories260K.bin").toString();
    String tokenizer = SharedFiles.find("data/stories260k/tok512.bin").toString();
    int status =
        execute(
            "generate",
            "--base",
            stories,
            "--tokenizer",
            tokenizer,
            "--prompt",
            "Once upon a time",
            "--max-tokens",
            "20");
    assertEquals(0, status, err.toString());
    assertTrue(printed().startsWith(", there was a little girl named Lily."), printed());
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    assertError(
        "no such file",
        "--base",
        folder.resolve("none").toString(),
        "--tokenizer",
        folder.toString(),
        "--prompt",
        "a");
    assertError(
        "no such file",
        "--base",
        folder.resolve("none").resolve("gpt2").toString(),
        "--prompt",
        "a");
    assertError("more than the model's 24 positions", "--base", folder.toString(), "--prompt", "a");
    assertError(
        "beams must be at least 1", "--base", folder.toString(), "--beams", "0", "--prompt", "a");
    Files.delete(folder.resolve("vocab.bpe"));
    assertError("pass --tokenizer", "--base", folder.toString(), "--prompt", "a");
  }

  private void assertError(String part, String... arguments) {
    err.getBuffer().setLength(0);
    String[] all = new String[arguments.length + 1];
    all[0] = "generate";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    assertEquals(2, execute(all), err.toString());
    assertTrue(err.toString().contains(part), err.toString());
    assertEquals(1, err.toString().strip().lines().count(), err.toString());
  }
}
