// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.nlg.NlgDataSets;
import org.nola4j.datasets.nlg.NlgSet;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.text.TextCorpora;
import org.nola4j.datasets.text.TextDataSets;
import org.nola4j.datasets.text.TextFile;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.metrics.GeneratedTexts;
import org.nola4j.experiments.metrics.Protocol;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.Gpt2;
import org.nola4j.models.Llama;
import org.nola4j.models.checkpoint.BertCheckpoint;
import org.nola4j.models.checkpoint.CheckpointMismatchException;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.models.checkpoint.Llama2cCheckpoint;
import org.nola4j.models.checkpoint.LlamaCheckpoint;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/** The readers of models of texts, of tokenizers and of texts. */
final class TextSubjects {
  private static final int WIDTH = 8;
  private static final int NARROW = 4;
  private static final int INNER = 12;
  private static final int WORDS = 10;
  private static final String INDEX = "model.safetensors.index.json";
  private static final Set<Class<? extends Exception>> OF_CHECKPOINTS =
      Set.of(FileFormatException.class, CheckpointMismatchException.class);

  /** A configuration may be one that no model can have, or leave out the heads. */
  private static final Set<Class<? extends Exception>> OF_FOLDERS =
      Set.of(
          FileFormatException.class,
          CheckpointMismatchException.class,
          NoSuchFileException.class,
          IllegalArgumentException.class,
          IllegalStateException.class);

  private final Path folder;
  private final List<Subject> subjects = new ArrayList<>();

  private TextSubjects(Path folder) {
    this.folder = folder;
  }

  /** All of them. */
  static List<Subject> in(Path folder) throws IOException {
    TextSubjects all = new TextSubjects(folder);
    all.addGpt2();
    all.addLlama();
    all.addLlama2c();
    all.addBert();
    all.addTokenizers();
    all.addTexts();
    all.addLabeledTexts();
    return all.subjects;
  }

  private Path write(String file, String contents) throws IOException {
    return write(file, contents.getBytes(StandardCharsets.UTF_8));
  }

  private Path write(String file, byte[] contents) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.write(path, contents);
  }

  private void add(
      String name, Path original, Subject.Reader reader, Set<Class<? extends Exception>> documented)
      throws IOException {
    subjects.add(
        new Subject(name, List.of(Files.readAllBytes(original)), original, reader, documented));
  }

  private void addGpt2() throws IOException {
    ComputationGraph network =
        Gpt2.sized(WIDTH, 2)
            .vocabularySize(WORDS)
            .heads(2)
            .mlpWidth(INNER)
            .maxPositions(6)
            .build()
            .init();
    Path file = folder.resolve("gpt2/one/model.safetensors");
    Files.createDirectories(file.getParent());
    Gpt2Checkpoint.write(network, file, TensorType.F32);
    Subject.Reader reader =
        () -> {
          try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(file)) {
            checkpoint.model().build().conf();
            checkpoint.readInto(network);
          }
        };
    add("GPT-2", file, reader, OF_CHECKPOINTS);
    Path other = folder.resolve("gpt2/two/model.safetensors");
    Files.createDirectories(other.getParent());
    Gpt2Checkpoint.write(network, other, TensorType.F16);
    add(
        "configuration of a GPT-2",
        other.resolveSibling("config.json"),
        () -> {
          try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(other)) {
            checkpoint.model().build().conf();
          }
        },
        OF_FOLDERS);
  }

  private void addLlama() throws IOException {
    ComputationGraph network = llama(false);
    Map<String, long[]> tensors = llamaTensors();
    Path file = safetensors("llama/one/model.safetensors", tensors);
    write(
        "llama/one/config.json",
        "{\"model_type\": \"llama\", \"num_attention_heads\": 2, \"rms_norm_eps\": 1e-05}");
    add("LLaMA", file, () -> readLlama(file, network), OF_CHECKPOINTS);
    Map<String, long[]> first = new LinkedHashMap<>(tensors);
    Map<String, long[]> second = new LinkedHashMap<>(tensors);
    first.keySet().removeIf(name -> name.contains("layers.1"));
    second.keySet().removeAll(first.keySet());
    StringBuilder entries = new StringBuilder();
    for (String name : tensors.keySet()) {
      entries
          .append(entries.isEmpty() ? "" : ", ")
          .append("\"%s\": \"%d.safetensors\"".formatted(name, first.containsKey(name) ? 1 : 2));
    }
    String index = "{\"metadata\": {\"total_size\": 9}, \"weight_map\": {" + entries + "}}";
    for (String part : List.of("index", "shard", "config")) {
      String place = "llama/" + part + "/";
      safetensors(place + "1.safetensors", first);
      Path shard = safetensors(place + "2.safetensors", second);
      Path list = write(place + INDEX, index);
      Path config =
          write(
              place + "config.json",
              """
              {"model_type": "llama", "num_attention_heads": 2, "rms_norm_eps": 1e-05,
               "max_position_embeddings": 6, "hidden_act": "silu", "rope_scaling": null,
               "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"}}
              """);
      Path damaged = part.equals("index") ? list : part.equals("shard") ? shard : config;
      add(
          part + " of a LLaMA",
          damaged,
          () -> readLlama(folder.resolve("llama/" + part), network),
          OF_FOLDERS);
    }
  }

  private static void readLlama(Path path, ComputationGraph network) throws IOException {
    try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(path)) {
      checkpoint.model().build().conf();
      checkpoint.readInto(network);
    }
  }

  private static ComputationGraph llama(boolean tied) {
    return Llama.sized(WIDTH, 2)
        .vocabularySize(WORDS)
        .heads(2)
        .keyValueHeads(1)
        .mlpWidth(INNER)
        .maxPositions(6)
        .tiedHead(tied)
        .build()
        .init();
  }

  private static Map<String, long[]> llamaTensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    tensors.put("model.embed_tokens.weight", new long[] {WORDS, WIDTH});
    for (int i = 0; i < 2; i++) {
      String block = "model.layers." + i + ".";
      tensors.put(block + "input_layernorm.weight", new long[] {WIDTH});
      tensors.put(block + "self_attn.q_proj.weight", new long[] {WIDTH, WIDTH});
      tensors.put(block + "self_attn.k_proj.weight", new long[] {NARROW, WIDTH});
      tensors.put(block + "self_attn.v_proj.weight", new long[] {NARROW, WIDTH});
      tensors.put(block + "self_attn.o_proj.weight", new long[] {WIDTH, WIDTH});
      tensors.put(block + "post_attention_layernorm.weight", new long[] {WIDTH});
      tensors.put(block + "mlp.gate_proj.weight", new long[] {INNER, WIDTH});
      tensors.put(block + "mlp.up_proj.weight", new long[] {INNER, WIDTH});
      tensors.put(block + "mlp.down_proj.weight", new long[] {WIDTH, INNER});
    }
    tensors.put("model.norm.weight", new long[] {WIDTH});
    tensors.put("lm_head.weight", new long[] {WORDS, WIDTH});
    return tensors;
  }

  private Path safetensors(String file, Map<String, long[]> tensors) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    tensors.forEach(
        (name, shape) ->
            writer.floats(
                name,
                TensorType.F32,
                Arrays.stream(shape).boxed().toList(),
                () -> numbers((int) Arrays.stream(shape).reduce(1, Math::multiplyExact))));
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    writer.write(path, Map.of());
    return path;
  }

  private static float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = i % 7 - 3;
    }
    return numbers;
  }

  private void addLlama2c() throws IOException {
    ComputationGraph network = llama(true);
    int block = 2 * WIDTH + 2 * WIDTH * WIDTH + 2 * WIDTH * NARROW + 3 * WIDTH * INNER;
    int numbers = WORDS * WIDTH + 2 * block + WIDTH + 6 * WIDTH / 2;
    ByteBuffer bytes = ByteBuffer.allocate(4 * (7 + numbers)).order(ByteOrder.LITTLE_ENDIAN);
    for (int each : new int[] {WIDTH, INNER, 2, 2, 1, WORDS, 6}) {
      bytes.putInt(each);
    }
    for (float number : numbers(numbers)) {
      bytes.putFloat(number);
    }
    Path file = write("llama2c/model.bin", bytes.array());
    add(
        "llama2.c",
        file,
        () -> {
          Llama2cCheckpoint checkpoint = Llama2cCheckpoint.open(file);
          checkpoint.model().build().conf();
          checkpoint.readInto(network);
        },
        Set.of(FileFormatException.class, IllegalArgumentException.class));
  }

  private void addBert() throws IOException {
    ComputationGraph network =
        BertEncoder.sized(4, 1)
            .vocabularySize(9)
            .maxPositions(5)
            .heads(2)
            .mlpWidth(6)
            .build()
            .init();
    Map<String, long[]> tensors = bertTensors();
    for (Path file : List.of(safetensors("bert/b.safetensors", tensors), onnx(tensors))) {
      add(
          "BERT, " + file.getFileName(),
          file,
          () -> {
            try (BertCheckpoint checkpoint = BertCheckpoint.open(file)) {
              checkpoint.model().heads(1).build().conf();
              checkpoint.readInto(network);
            }
          },
          OF_CHECKPOINTS);
    }
  }

  private static Map<String, long[]> bertTensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    tensors.put("embeddings.word_embeddings.weight", new long[] {9, 4});
    tensors.put("embeddings.position_embeddings.weight", new long[] {5, 4});
    tensors.put("embeddings.token_type_embeddings.weight", new long[] {2, 4});
    addNorm("embeddings.LayerNorm", tensors);
    String block = "encoder.layer.0.";
    for (String part : List.of("self.query", "self.key", "self.value", "output.dense")) {
      addLinear(block + "attention." + part, 4, 4, tensors);
    }
    addNorm(block + "attention.output.LayerNorm", tensors);
    addLinear(block + "intermediate.dense", 6, 4, tensors);
    addLinear(block + "output.dense", 4, 6, tensors);
    addNorm(block + "output.LayerNorm", tensors);
    return tensors;
  }

  private static void addNorm(String name, Map<String, long[]> tensors) {
    tensors.put(name + ".weight", new long[] {4});
    tensors.put(name + ".bias", new long[] {4});
  }

  private static void addLinear(String name, int outputs, int inputs, Map<String, long[]> tensors) {
    tensors.put(name + ".weight", new long[] {outputs, inputs});
    tensors.put(name + ".bias", new long[] {outputs});
  }

  private Path onnx(Map<String, long[]> tensors) throws IOException {
    GraphProto.Builder graph = GraphProto.newBuilder();
    tensors.forEach(
        (name, shape) -> {
          boolean linear = shape.length == 2 && name.startsWith("encoder.");
          TensorProto.Builder tensor =
              TensorProto.newBuilder()
                  .setName(linear ? "product of " + name : name)
                  .setDataType(TensorProto.DataType.FLOAT_VALUE);
          for (int i = 0; i < shape.length; i++) {
            tensor.addDims(shape[linear ? shape.length - 1 - i : i]);
          }
          for (float number : numbers((int) Arrays.stream(shape).reduce(1, Math::multiplyExact))) {
            tensor.addFloatData(number);
          }
          graph.addInitializer(tensor);
          if (linear) {
            graph.addNode(node("MatMul", "product " + name, "x", "product of " + name));
            String bias = name.replace(".weight", ".bias");
            graph.addNode(node("Add", "sum " + name, bias, "product " + name));
          }
        });
    graph.addNode(node("Erf", "activation", "x"));
    ModelProto model = ModelProto.newBuilder().setGraph(graph).build();
    return write("onnx/b.onnx", model.toByteArray());
  }

  private static NodeProto node(String type, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  private void addTokenizers() throws IOException {
    String vocabulary = "{\"a\": 0, \"b\": 1, \"ab\": 2, \"aba\": 3, \"<|endoftext|>\": 4}";
    String merges = "#version: 0.2\na b\nab a\n";
    for (String damaged : List.of("encoder.json", "vocab.bpe")) {
      String place = "pairs-" + damaged + "/";
      write(place + "encoder.json", vocabulary);
      write(place + "vocab.bpe", merges);
      addTokenizer("byte pairs, " + damaged, folder.resolve(place + damaged));
    }
    ByteBuffer pieces = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN).putInt(3);
    for (String piece : List.of("<unk>", "<s>", "</s>", "a", "b", "ab", " ", " ab")) {
      pieces.putFloat(-pieces.position()).putInt(piece.length());
      pieces.put(piece.getBytes(StandardCharsets.US_ASCII));
    }
    byte[] bin = Arrays.copyOf(pieces.array(), pieces.position());
    addTokenizer("tokenizer.bin", write("pieces/tokenizer.bin", bin));
    addTokenizer(
        "tokenizer.json",
        write(
            "whole/tokenizer.json",
            """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
             "post_processor": null, "decoder": null,
             "model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0, "a": 1, "b": 2}}}
            """));
  }

  private void addTokenizer(String name, Path file) throws IOException {
    add(
        name,
        file,
        () -> {
          try (TextTokenizer tokenizer = TextTokenizer.in(file.getParent(), 16)) {
            tokenizer.decode(tokenizer.encode(List.of("ab aba")).get(0));
          }
        },
        Set.of(FileFormatException.class));
  }

  private void addTexts() throws IOException {
    String lines = "name : A | near : B||A is near B .\nname : C||C .\n";
    for (String split : List.of("train", "valid", "test")) {
      write("e2e/" + split + ".txt", lines);
    }
    addSet("e2e", "e2e/valid.txt");
    String entries = webNlg();
    for (String split : List.of("train", "dev", "test")) {
      write("webnlg/" + split + ".json", entries);
    }
    addSet("webnlg", "webnlg/dev.json");
    write(
        "dart/dart-v1.1.1-full-dev.json",
        """
        [{"tripleset": [["A", "NEAR", "B"], ["B", "NEAR", "C"]], "subtree_was_extended": false,
          "annotations": [{"source": "x", "text": "A is near B."}, {"source": "y", "text": "B."}]},
         {"tripleset": [["D", "E", "F"]], "annotations": [{"source": "x", "text": "D."}]}]
        """);
    addSet("dart", "dart/dart-v1.1.1-full-dev.json");
    Path hypotheses = write("score/h.txt", "A is near B .\nC .\n");
    Path references = write("score/r.txt", "A near B .\nB is near A .\n\nC !\n");
    add(
        "references",
        references,
        () -> Protocol.WEBNLG.prepare(GeneratedTexts.read(hypotheses, references)),
        Set.of(UserException.class));
  }

  private static String webNlg() {
    return """
    {"entries": [
      {"1": {"category": "City", "modifiedtripleset":
        [{"subject": "A", "property": "near", "object": "B"}],
        "lexicalisations": [{"comment": "good", "lex": "A is near B."}]}},
      {"2": {"category": "Food", "modifiedtripleset":
        [{"subject": "C", "property": "of", "object": "D"}],
        "lexicalisations": [{"comment": "good", "lex": "C."}, {"comment": "bad", "lex": "D"}]}}]}
    """;
  }

  private void addSet(String name, String file) throws IOException {
    Path path = folder.resolve(file);
    NlgSet set = NlgDataSets.open(name, DataSource.startingAt(path.getParent()));
    add(name, path, set::validation, Set.of(DataSetException.class));
  }

  private void addLabeledTexts() throws IOException {
    String question =
        """
        {"input": "Of law.\\n\\nWhat?\\nA. a\\nB. b\\nAnswer:", "output": "A", "subject": "law"}
        """;
    for (String split : new TreeSet<>(List.of("dev", "val", "test"))) {
      write("mmlu/zero_shot_mmlu_" + split + ".json", question);
    }
    DataSource source = DataSource.startingAt(folder.resolve("mmlu"));
    add(
        "mmlu",
        folder.resolve("mmlu/zero_shot_mmlu_val.json"),
        () -> TextDataSets.open("mmlu-subjects", source),
        Set.of(DataSetException.class));
    write("categories/test.json", webNlg());
    DataSource categories = DataSource.startingAt(folder.resolve("categories"));
    add(
        "categories of WebNLG",
        write("categories/train.json", webNlg()),
        () -> TextDataSets.open("webnlg-categories", categories),
        Set.of(DataSetException.class));
    DataSource corpora = DataSource.startingAt(folder.resolve("alpaca"));
    add(
        "alpaca",
        write(
            "alpaca/alpaca_5000.json",
            "[{\"instruction\": \"Say.\", \"input\": \"\", \"output\": \"Said.\"},\n"
                + "{\"instruction\": \"Do.\", \"input\": \"it\", \"output\": \"Done.\"}]"),
        () -> TextCorpora.read("alpaca", corpora),
        Set.of(DataSetException.class));
    Path csv = write("csv/t.csv", "label,text\na,\"one, two\"\nb,\"three\n four\"\na,five\n");
    add("texts as CSV", csv, () -> TextFile.read(csv), Set.of(DataSetException.class));
  }
}
