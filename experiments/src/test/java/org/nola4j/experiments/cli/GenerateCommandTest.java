// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.SharedFiles;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.models.Gpt2;
import org.nola4j.models.Llama;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.models.checkpoint.LlamaCheckpoint;
import org.nola4j.models.generation.Decoding;
import org.nola4j.models.generation.Decoding.Sampling;
import org.nola4j.models.generation.Generator;
import org.nola4j.reparameterization.Lora;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;
import org.nola4j.transformer.Insertion;

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
    PrintStream screen = new PrintStream(OutputStream.nullOutputStream(), true, UTF_8);
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
  void promptsOfStandardInput() {
    String[] generate = {"generate", "--base", folder.toString(), "--max-tokens", "7"};
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream("\ufeffnola\n\nbase\n".getBytes(UTF_8)));
      assertEquals(0, execute(generate), err.toString());
      System.setIn(new ByteArrayInputStream("caf\u00e9\n".getBytes(ISO_8859_1)));
      assertEquals(2, execute(generate));
    } finally {
      System.setIn(before);
    }
    Decoding greedy = Decoding.greedy(7);
    assertEquals( // a line for each, so that they line up
        List.of(expected(base, "nola", greedy), "", expected(base, "base", greedy)),
        printed().lines().toList());
    String error = err.toString();
    assertTrue(error.contains("standard input, line 1: expected text in UTF-8"), error);
  }

  private String drawn(int seed) {
    return expected(base, "nola", Decoding.sampled(12, new Sampling(9, 0, 1, seed)));
  }

  @Test
  void lineBreaksOfContinuationsAreSpacesWhereLinesCount() throws IOException {
    int seed = 1;
    while (!drawn(seed).matches(".{5}[^nola].{6}")) {
      seed++;
    }
    String text = drawn(seed);
    String letter = text.substring(5, 6);
    Path vocabulary = folder.resolve("encoder.json");
    Files.writeString(
        vocabulary, // GPT-2's line break
        Files.readString(vocabulary).replace('"' + letter + '"', "\"\\u010a\""));
    String broken = text.replace(letter, "\n").strip();
    assertTrue(broken.lines().count() > 1, broken);
    String[] generate = {
      "generate",
      "--base=" + folder,
      "--max-tokens=12",
      "--temperature=9",
      "--seed=" + seed,
      "--prompt=nola"
    };
    assertEquals(0, execute(generate), err.toString());
    assertEquals(broken, printed());
    out.getBuffer().setLength(0);
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream("nola\n".getBytes(UTF_8)));
      assertEquals(0, execute(Arrays.copyOf(generate, 5)), err.toString());
    } finally {
      System.setIn(before);
    }
    assertEquals(broken.replaceAll("\\n+", " "), printed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--top-k=3", "--top-p=0.5", "--seed=7"})
  void whatIsForSamplingNeedsATemperature(String option) {
    String name = option.substring(0, option.indexOf('='));
    assertError(name + " needs --temperature", "--base", folder.toString(), "--prompt=a", option);
    assertError(
        name + " needs --temperature",
        "--base",
        folder.toString(),
        "--prompt=a",
        option,
        "--beams=2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --max-tokens=0                | --max-tokens must be at least 1
          --no-repeat-ngram=-1          | --no-repeat-ngram must not be negative
          --length-penalty=-1           | --length-penalty must not be negative
          --temperature=0               | --temperature must be positive
          --temperature=1 --top-k=-1    | --top-k must not be negative
          --temperature=1 --top-p=2     | --top-p must be more than 0
          --temperature=1 --beams=2     | --temperature needs --beams = 1, but --beams is 2
          """)
  void wrongSettingsAreNamedAsOptions(String options, String message) {
    List<String> all = new ArrayList<>(List.of("--base", folder.toString(), "--prompt=a"));
    all.addAll(List.of(options.split(" ")));
    assertError("error: " + message, all.toArray(String[]::new));
  }

  @ParameterizedTest
  @EnumSource
  void insertionsComeFromAdapterFiles(Insertion.Kind kind) throws IOException {
    AdapterPlan plan = AdapterPlan.builder().insert("block0", new Insertion(kind, 3)).build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
    ComputationGraph network = adapters.network();
    for (int i = 0; i < network.params().length(); i++) {
      network.params().putScalar(i, Math.sin(i) * 30);
    }
    Path file = folder.resolve("inserted.safetensors");
    adapters.adapter().write(file, Precision.F32);
    int status =
        execute(
            "generate",
            "--base",
            folder.toString(),
            "--adapter",
            file.toString(),
            "--prompt",
            "nola",
            "--max-tokens",
            "7");
    assertEquals(0, status, err.toString());
    assertEquals(expected(network, "nola", Decoding.greedy(7)), printed());
    assertNotEquals(expected(base, "nola", Decoding.greedy(7)), printed());
    out.getBuffer().setLength(0);
    assertEquals(0, execute("inspect", file.toString()), err.toString());
    String name = kind == Insertion.Kind.PREFIX ? "\"prefix.k\"" : "\"adapter2.down\"";
    assertTrue(printed().contains(name), printed());
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

  private void assertWrites(ComputationGraph network, String... options) {
    out.getBuffer().setLength(0);
    List<String> all =
        new ArrayList<>(List.of("generate", "--prompt", "nola", "--max-tokens", "7"));
    all.addAll(List.of("--tokenizer", folder.toString()));
    all.addAll(List.of(options));
    assertEquals(0, execute(all.toArray(String[]::new)), err.toString());
    assertEquals(expected(network, "nola", Decoding.greedy(7)), printed());
  }

  @Test
  void mergedModelsNeedNoAdapter() {
    String adapter = folder.resolve("task.safetensors").toString();
    String merged = folder.resolve("merged/model.safetensors").toString();
    String[] merge = {"merge", adapter, "--base", folder.toString(), "--out", merged};
    assertEquals(0, execute(merge), err.toString());
    assertTrue(printed().startsWith(merged + ": 4,128 parameters, "), printed());
    assertEquals(4128, base.numParams());
    assertWrites(adapted, "--base", merged);
    assertError("already exists", merge);
    merge[5] = folder.resolve("other.safetensors").toString();
    assertError("--out's folder must not be the base model's folder itself", merge);
    merge[5] = folder.resolve("merged/model.zip").toString();
    assertError("--out must be a .safetensors", merge);
  }

  @Test
  void llamasOfEightBits() throws IOException {
    ComputationGraph llama =
        Llama.sized(16, 1).heads(2).mlpWidth(24).vocabularySize(27).maxPositions(24).build().init();
    llama.params().muli(3);
    String model = folder.resolve("llama.safetensors").toString();
    LlamaCheckpoint.write(llama, Path.of(model), TensorType.F32);
    Adapters<ComputationGraph> adapters =
        Adapters.wrap(
            llama,
            AdapterPlan.builder().adapt("block.*", w0 -> Lora.on(w0, 2)).frozenBits(8).build());
    for (int i = 0; i < adapters.network().params().length(); i++) {
      adapters.network().params().putScalar(i, Math.sin(i));
    }
    String adapter = folder.resolve("llama-task.safetensors").toString();
    adapters.adapter().write(Path.of(adapter), Precision.F32);
    assertWrites(llama, "--base", model);
    assertWrites(adapters.network(), "--base", model, "--adapter", adapter);
    AdapterPlan rounding = AdapterPlan.builder().trainNothing().frozenBits(8).build();
    assertWrites(Adapters.wrap(llama, rounding).network(), "--base", model, "--bits", "8");
    String merged = folder.resolve("merged/model.safetensors").toString();
    String[] merge = {"merge", adapter, "--base", model, "--out", merged, "--type", "BF16"};
    assertEquals(0, execute(merge), err.toString());
    assertEquals(
        2,
        execute(
            "merge", adapter, "--base", model, "--out", merged + "2", "--allow-class", "com.a.B"));
    assertTrue(err.toString().contains("--allow-class is for the model of a .zip"), err.toString());
    try (SafetensorsFile file = SafetensorsFile.open(Path.of(merged))) {
      assertEquals(TensorType.BF16, file.tensors().get("model.norm.weight").type());
    }
    ComputationGraph sum = adapters.merge();
    INDArray tokens = Nd4j.createFromArray(new float[][] {{13, 14, 11, 0}});
    INDArray logits = sum.outputSingle(tokens);
    try (LlamaCheckpoint file = LlamaCheckpoint.open(Path.of(merged))) {
      ComputationGraph read = file.model().build().init();
      file.readInto(read);
      double most = read.outputSingle(tokens).sub(logits).amaxNumber().doubleValue();
      assertTrue(most > 0 && most < 0.02 * logits.amaxNumber().doubleValue(), "" + most);
    }
    assertError("--bits must be 8, 16 or 0", "--base", model, "--prompt", "a", "--bits", "7");
    assertError(
        "--bits: the adapter says",
        "--base",
        model,
        "--prompt",
        "a",
        "--bits",
        "8",
        "--adapter",
        adapter);
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
        "error: --beams must be at least 1",
        "--base",
        folder.toString(),
        "--beams",
        "0",
        "--prompt",
        "a");
    assertError("or lower --max-tokens", "--base", folder.toString(), "--prompt", "a");
    assertError("error: the prompt has no tokens", "--base", folder.toString(), "--prompt", "");
    String adapter = "--adapter=" + folder;
    assertError(
        folder + ": expected a safetensors file, but found a folder; give the file in it",
        "--base",
        folder.toString(),
        adapter,
        "--prompt",
        "a");
    Files.delete(folder.resolve("vocab.bpe"));
    assertError("set --tokenizer to", "--base", folder.toString(), "--prompt", "a");
  }

  /** Texts of a few letters would be written as if they were the model's. */
  @Test
  void theTokenizerOfAnotherModelIsRefused() throws IOException {
    String stories = SharedFiles.find("data/stories260k/stories260K.bin").toString();
    String tokenizer = SharedFiles.find("data/stories260k/tok512.bin").toString();
    String model = folder.toString();
    assertError(
        "has 27 tokens, but the model in " + stories + " 512: set --tokenizer to the model's own",
        "--base",
        stories,
        "--tokenizer",
        model,
        "--prompt",
        "a");
    String more = "has 512 tokens, but the model in " + model + " 27";
    assertError(more, "--base", model, "--tokenizer", tokenizer, "--prompt", "a");
  }

  @Test
  void adaptersOfAnotherModelAreRefused() throws IOException {
    ComputationGraph llama =
        Llama.sized(16, 1).heads(2).mlpWidth(24).vocabularySize(27).maxPositions(24).build().init();
    String model = folder.resolve("llama.safetensors").toString();
    LlamaCheckpoint.write(llama, Path.of(model), TensorType.F32);
    String adapter = folder.resolve("task.safetensors").toString();
    String gpt2 = "the adapter is of a GPT-2, but " + model + " is a LLaMA";
    assertError(gpt2, "--base", model, "--adapter", adapter, "--prompt", "a");
    assertError(gpt2, "merge", adapter, "--base", model, "--out", folder + "/m/m.safetensors");
    assertError(
        "is a TransformerBlock, expected a LlamaBlock",
        "export",
        adapter,
        "--llama",
        "--peft",
        folder.resolve("peft").toString());

    // The embedding, of which an adapter has nothing, tells bases apart too.
    Path retrained = Files.createDirectory(folder.resolve("retrained"));
    base.params().getScalar(3).addi(1);
    Gpt2Checkpoint.write(base, retrained.resolve("model.safetensors"), TensorType.F32);
    assertError(
        "hash of the frozen layers' parameters",
        "--base",
        retrained.toString(),
        "--tokenizer",
        folder.toString(),
        "--adapter",
        adapter,
        "--prompt",
        "a");
  }

  /** As the method none writes them. */
  @Test
  void anAdapterWithoutNumbersIsTheBase() throws IOException {
    AdapterPlan plan = AdapterPlan.builder().trainNothing().build();
    Path none = folder.resolve("none.safetensors");
    Adapters.wrap(base, plan).adapter().write(none, Precision.F32);
    assertWrites(base, "--base", folder.toString(), "--adapter", none.toString());
  }

  @Test
  void insertionsCannotBeMerged() throws IOException {
    AdapterPlan plan =
        AdapterPlan.builder().insert("block0", new Insertion(Insertion.Kind.PREFIX, 3)).build();
    Path prefix = folder.resolve("prefix.safetensors");
    Adapters.wrap(base, plan).adapter().write(prefix, Precision.F32);
    String merged = folder.resolve("merged/model.safetensors").toString();
    assertError(
        "beside its weights, which cannot",
        "merge",
        prefix.toString(),
        "--base",
        folder.toString(),
        "--out",
        merged);
  }

  private void assertError(String part, String... arguments) {
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of(arguments));
    if (arguments[0].startsWith("--")) {
      all.add(0, "generate");
    }
    assertEquals(2, execute(all.toArray(String[]::new)), err.toString());
    assertTrue(err.toString().contains(part), err.toString());
    assertEquals(1, err.toString().strip().lines().count(), err.toString());
  }
}
