// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.io.Sha256;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.reparameterization.Nola;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.TransformerBlock;

class BertCheckpointTest {
  private static final int BLOCKS = 2;
  private static final String QUERY = "encoder.layer.0.attention.self.query";

  @TempDir private Path folder;
  private final ComputationGraph network = network(3);

  private static BertEncoder.Builder model() {
    return BertEncoder.sized(4, BLOCKS)
        .vocabularySize(9)
        .heads(2)
        .mlpWidth(6)
        .maxPositions(5)
        .typeVocabulary(2);
  }

  private static ComputationGraph network(long seed) {
    ComputationGraph network = model().seed(seed).build().init();
    Random random = new Random(seed);
    float[] noise = new float[(int) network.numParams()];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    network.params().addi(Nd4j.createFromArray(noise).reshape(network.params().shape()));
    return network;
  }

  /** The network's parameters by Hugging Face's names, weights as [inputs, outputs]. */
  private Map<String, INDArray> tensors() {
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    tensors.put("embeddings.word_embeddings.weight", network.getParam("embed_W"));
    tensors.put("embeddings.position_embeddings.weight", network.getParam("embed_pos"));
    tensors.put("embeddings.token_type_embeddings.weight", network.getParam("embed_type"));
    tensors.put("embeddings.LayerNorm.weight", network.getParam("embed_norm.gamma"));
    tensors.put("embeddings.LayerNorm.bias", network.getParam("embed_norm.beta"));
    for (int i = 0; i < BLOCKS; i++) {
      String to = "encoder.layer." + i + ".";
      String from = "block" + i + "_";
      linear(tensors, to + "attention.self.query", from + "q");
      linear(tensors, to + "attention.self.key", from + "k");
      linear(tensors, to + "attention.self.value", from + "v");
      linear(tensors, to + "attention.output.dense", from + "proj");
      tensors.put(to + "attention.output.LayerNorm.weight", network.getParam(from + "norm1.gamma"));
      tensors.put(to + "attention.output.LayerNorm.bias", network.getParam(from + "norm1.beta"));
      linear(tensors, to + "intermediate.dense", from + "fc1");
      linear(tensors, to + "output.dense", from + "fc2");
      tensors.put(to + "output.LayerNorm.weight", network.getParam(from + "norm2.gamma"));
      tensors.put(to + "output.LayerNorm.bias", network.getParam(from + "norm2.beta"));
    }
    return tensors;
  }

  private void linear(Map<String, INDArray> tensors, String name, String weight) {
    tensors.put(name + ".weight", network.getParam(weight + ".W"));
    tensors.put(name + ".bias", network.getParam(weight + ".b"));
  }

  private static boolean isLinear(String name) {
    return name.startsWith("encoder.") && name.endsWith(".weight") && !name.contains("Norm");
  }

  private static List<Long> shape(String name, INDArray array) {
    boolean vector = array.size(0) == 1 && !name.contains("embeddings.weight");
    return Arrays.stream(vector ? new long[] {array.length()} : array.shape()).boxed().toList();
  }

  private Path safetensors(Map<String, INDArray> tensors, UnaryOperator<String> names)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    tensors.forEach(
        (name, array) -> {
          INDArray stored = isLinear(name) ? array.transpose() : array;
          writer.floats(
              names.apply(name),
              TensorType.F32,
              shape(name, stored),
              () -> stored.dup('c').data().asFloat());
        });
    Path file = folder.resolve("model.safetensors");
    writer.write(file, Map.of("format", "pt"));
    return file;
  }

  private Path onnx(Map<String, INDArray> tensors, UnaryOperator<GraphProto.Builder> change)
      throws IOException {
    GraphProto.Builder graph = GraphProto.newBuilder();
    List<TensorProto> weights = new ArrayList<>();
    List<NodeProto> nodes = new ArrayList<>();
    tensors.forEach(
        (name, array) -> {
          if (!isLinear(name)) {
            graph.addInitializer(tensor(name, shape(name, array), array));
            return;
          }
          String generated = generated(name);
          weights.add(tensor(generated, shape(name, array), array));
          nodes.add(node("MatMul", "product " + name, "x", generated));
          String bias = name.replace(".weight", ".bias");
          nodes.add(node("Add", "sum " + name, bias, "product " + name));
        });
    Collections.shuffle(weights, new Random(1));
    nodes.add(
        node("Constant", "heads", new String[0]).toBuilder()
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("value")
                    .setT(
                        TensorProto.newBuilder()
                            .setDataType(TensorProto.DataType.INT64_VALUE)
                            .addAllDims(List.of(4L))
                            .addAllInt64Data(List.of(0L, -1L, 2L, 2L))))
            .build());
    nodes.add(node("Reshape", "split", "sum " + QUERY + ".weight", "heads"));
    nodes.add(node("Erf", "activation", "split"));
    graph.addAllInitializer(weights).addAllNode(nodes);
    ModelProto model = ModelProto.newBuilder().setGraph(change.apply(graph)).build();
    return Files.write(folder.resolve("model.onnx"), model.toByteArray());
  }

  private static String generated(String weight) {
    return "onnx::MatMul_" + Integer.toHexString(weight.hashCode());
  }

  private static NodeProto node(String type, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  private static TensorProto tensor(String name, List<Long> shape, INDArray array) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .addAllDims(shape);
    for (float value : array.dup('c').data().asFloat()) {
      tensor.addFloatData(value);
    }
    return tensor.build();
  }

  private void assertReads(Path file) throws IOException {
    ComputationGraph read = network(4);
    assertNotEquals(network.params(), read.params());
    try (BertCheckpoint checkpoint = BertCheckpoint.open(file)) {
      assertEquals(new BertDimensions(9, 5, 2, 4, BLOCKS, 6), checkpoint.dimensions());
      assertEquals(network.numParams(), checkpoint.dimensions().parameters());
      assertEquals(Sha256.of(file), checkpoint.sha256());
      checkpoint.readInto(read);
      assertEquals(model().build().conf(), checkpoint.model().heads(2).build().conf());
    }
    assertEquals(network.params(), read.params());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bert."})
  void readsSafetensors(String prefix) throws IOException {
    assertReads(safetensors(tensors(), name -> prefix + name));
  }

  @Test
  void readsNormsOfTheFirstConverters() throws IOException {
    assertReads(
        safetensors(
            tensors(),
            name ->
                name.replace("LayerNorm.weight", "LayerNorm.gamma")
                    .replace("LayerNorm.bias", "LayerNorm.beta")));
  }

  @Test
  void leavesOtherHeadsOut() throws IOException {
    Map<String, INDArray> tensors = tensors();
    INDArray any = network.getParam("block0_q.W");
    for (String name :
        List.of("pooler.dense.weight", "cls.predictions.decoder.weight", "classifier.weight")) {
      tensors.put(name, any);
    }
    assertReads(safetensors(tensors, UnaryOperator.identity()));
  }

  /** Weights have generated names in any order: what is done with them says which is which. */
  @Test
  void readsOnnx() throws IOException {
    Path file = onnx(tensors(), UnaryOperator.identity());
    assertReads(file);
    try (BertCheckpoint checkpoint = BertCheckpoint.open(file)) {
      TransformerBlock block =
          (TransformerBlock)
              ((ComputationGraph) checkpoint.model().build().init())
                  .getLayer("block1")
                  .conf()
                  .getLayer();
      assertEquals(2, block.getHeads());
      assertEquals(MlpActivation.GELU, block.getActivation());
    }
  }

  @Test
  void readsOnnxWhoseLayersShareAWeight() throws IOException {
    network.getParam("block1_q.W").assign(network.getParam("block0_q.W"));
    String shared = generated(QUERY + ".weight");
    String other = generated(QUERY.replace("0", "1") + ".weight");
    assertReads(onnx(tensors(), graph -> replaced(graph, other, shared)));
  }

  /** Without the initializer, its uses become those of another. */
  private static GraphProto.Builder replaced(GraphProto.Builder graph, String old, String by) {
    GraphProto.Builder changed = graph.clone().clearInitializer().clearNode();
    graph.getInitializerList().stream()
        .filter(tensor -> !tensor.getName().equals(old))
        .forEach(changed::addInitializer);
    for (NodeProto node : graph.getNodeList()) {
      NodeProto.Builder uses = node.toBuilder().clearInput();
      node.getInputList().forEach(input -> uses.addInput(input.equals(old) ? by : input));
      changed.addNode(uses);
    }
    return changed;
  }

  @Test
  void theConfigurationBesideItSaysTheRest() throws IOException {
    Path file = safetensors(tensors(), UnaryOperator.identity());
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        "{\"model_type\": \"bert\", \"num_attention_heads\": 4, \"hidden_act\": \"gelu_new\","
            + " \"layer_norm_eps\": 1e-5, \"id2label\": {\"0\": \"A\"}}");
    try (BertCheckpoint checkpoint = BertCheckpoint.open(file)) {
      assertEquals(
          model().heads(4).activation(MlpActivation.GELU_TANH).epsilon(1e-5).build().conf(),
          checkpoint.model().build().conf());
    }
    Files.writeString(config, "{\"model_type\": \"roberta\"}");
    assertMessage(
        FileFormatException.class,
        "expected \"model_type\": \"bert\", but found \"roberta\"",
        file);
    Files.writeString(config, "{\"hidden_act\": \"silu\"}");
    assertMessage(FileFormatException.class, "but found \"silu\"", file);
    Files.writeString(config, "{\"num_hidden_layers\": 12}");
    assertMessage(FileFormatException.class, "as the tensors have, but found 12", file);
    Files.writeString(config, "{\"num_attention_heads\": 7}");
    assertMessage(FileFormatException.class, "but found 7", file);
  }

  @Test
  void headsMustBeKnown() throws IOException {
    try (BertCheckpoint checkpoint =
        BertCheckpoint.open(safetensors(tensors(), UnaryOperator.identity()))) {
      Exception e = assertThrows(IllegalStateException.class, checkpoint.model()::build);
      assertTrue(e.getMessage().contains("heads must be set"), e.getMessage());
    }
  }

  @Test
  void namesWhatIsMissingAndTooMuch() throws IOException {
    Map<String, INDArray> tensors = tensors();
    tensors.remove("encoder.layer.1.output.dense.bias");
    tensors.put("encoder.layer.0.adapter.weight", network.getParam("block0_q.W"));
    Path file = safetensors(tensors, UnaryOperator.identity());
    CheckpointMismatchException e =
        assertMessage(CheckpointMismatchException.class, "missing: encoder.layer.1", file);
    assertEquals(List.of("encoder.layer.1.output.dense.bias"), e.missing());
    assertEquals(List.of("encoder.layer.0.adapter.weight"), e.surplus());
  }

  @Test
  void namesWhatHasAnotherShape() throws IOException {
    Path file = safetensors(tensors(), UnaryOperator.identity());
    ComputationGraph other = model().vocabularySize(8).build().init();
    INDArray before = other.params().dup();
    try (BertCheckpoint checkpoint = BertCheckpoint.open(file)) {
      Exception e =
          assertThrows(CheckpointMismatchException.class, () -> checkpoint.readInto(other));
      assertTrue(
          e.getMessage().contains("embeddings.word_embeddings.weight ([9, 4] instead of [8, 4])"),
          e.getMessage());
    }
    assertEquals(before, other.params());
  }

  @Test
  void nothingIsReadOfATensorWithNaN() throws IOException {
    Map<String, INDArray> tensors = tensors();
    INDArray last = tensors.get("encoder.layer.1.output.LayerNorm.bias").dup();
    tensors.put("encoder.layer.1.output.LayerNorm.bias", last.putScalar(2, Double.NaN));
    for (Path file :
        List.of(
            safetensors(tensors, UnaryOperator.identity()),
            onnx(tensors, UnaryOperator.identity()))) {
      ComputationGraph read = network(4);
      INDArray before = read.params().dup();
      try (BertCheckpoint checkpoint = BertCheckpoint.open(file)) {
        Exception e = assertThrows(FileFormatException.class, () -> checkpoint.readInto(read));
        assertTrue(e.getMessage().contains("but found NaN at 2"), e.getMessage());
      }
      assertEquals(before, read.params());
    }
  }

  @Test
  void weightsThatAreNotDenseAreRefused() throws IOException {
    ReparameterizationPlan plan =
        ReparameterizationPlan.dense().with("block0.q", Nola.scratch(1, 2, 2));
    ComputationGraph other = model().plan(plan).build().init();
    try (BertCheckpoint checkpoint =
        BertCheckpoint.open(safetensors(tensors(), UnaryOperator.identity()))) {
      Exception e = assertThrows(IllegalArgumentException.class, () -> checkpoint.readInto(other));
      assertTrue(e.getMessage().contains("read a dense network and wrap it"), e.getMessage());
    }
  }

  @Test
  void foreignGraphsAreNamed() throws IOException {
    assertMessage(
        FileFormatException.class,
        "one with the operations CumSum, MatMulInteger",
        onnx(
            tensors(),
            graph ->
                graph.addNode(node("MatMulInteger", "a", "x")).addNode(node("CumSum", "b", "x"))));
    assertMessage(
        FileFormatException.class,
        "expected a product with a weight, to which \"" + QUERY + ".bias\" is added",
        onnx(
            tensors(),
            graph -> {
              graph.getNodeBuilderList().stream()
                  .filter(node -> node.getOutput(0).equals("product " + QUERY + ".weight"))
                  .forEach(node -> node.setOpType("Sub"));
              return graph;
            }));
    assertMessage(
        FileFormatException.class,
        "expected a product with a weight, to which \"" + QUERY + ".bias\" is added",
        onnx(
            tensors(),
            graph -> {
              graph.getNodeBuilderList().forEach(node -> shorten(node, "MatMul"));
              return graph;
            }));
    assertMessage(
        FileFormatException.class,
        "a file without an ONNX graph",
        onnx(tensors(), graph -> graph.clearNode()));
  }

  /** A damaged node that lacks an input. */
  private static void shorten(NodeProto.Builder node, String type) {
    if (node.getOpType().equals(type)) {
      String first = node.getInput(0);
      node.clearInput().addInput(first);
    }
  }

  @Test
  void otherFilesAreNamed() throws IOException {
    assertMessage(FileFormatException.class, "but found a folder; give the file in it", folder);
    Path text = Files.writeString(folder.resolve("text.onnx"), "words and no model");
    assertMessage(FileFormatException.class, "expected a BERT as a safetensors file", text);
    assertMessage(
        FileFormatException.class,
        "a BERT, with tensor \"embeddings.word_embeddings.weight\"",
        safetensors(Map.of("w", network.getParam("block0_q.W")), UnaryOperator.identity()));
    assertMessage(NoSuchFileException.class, "nowhere", folder.resolve("nowhere.onnx"));
    Exception e =
        assertThrows(NoSuchFileException.class, () -> BertCheckpoint.ofResource("no-model.onnx"));
    assertTrue(e.getMessage().contains("not on the class path"), e.getMessage());
  }

  private static <E extends Exception> E assertMessage(Class<E> type, String part, Path file) {
    E e =
        assertThrows(
            type,
            () -> {
              try (BertCheckpoint checkpoint = BertCheckpoint.open(file)) {
                checkpoint.model();
              }
            });
    assertTrue(e.getMessage().contains(part), e.getMessage());
    return e;
  }

  @Test
  void bothTypesOfANetworkAreRead() throws IOException {
    ComputationGraph read = network(4).convertDataType(DataType.DOUBLE);
    try (BertCheckpoint checkpoint =
        BertCheckpoint.open(safetensors(tensors(), UnaryOperator.identity()))) {
      checkpoint.readInto(read);
    }
    assertEquals(network.params().castTo(DataType.DOUBLE), read.params());
  }
}
