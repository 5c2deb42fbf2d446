// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.AtomicFile;
import org.nola4j.models.Llama;
import org.nola4j.network.FiniteParameters;
import org.nola4j.network.NetworkLayer;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transformer.LanguageModelHead;
import org.nola4j.transformer.LlamaBlock;
import org.nola4j.transformer.RotaryPairs;
import org.nola4j.transformer.TokenEmbedding;
import org.nola4j.transformer.TokenNorm;

/** Writes a network of {@link Llama} with Hugging Face's names and a {@code config.json}. */
final class LlamaWriter {
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private final DenseNetwork network;
  private final LlamaDimensions sizes;
  private final LlamaBlock block;
  private final TensorType type;

  LlamaWriter(ComputationGraph graph, TensorType type) {
    this.network = new DenseNetwork("Llama", graph);
    this.sizes = LlamaDimensions.of(network);
    this.block = network.layer(Llama.block(0), LlamaBlock.class);
    this.type = type;
    tensors().forEach(tensor -> network.array(tensor.parameters().get(0)));
    FiniteParameters.require(NetworkLayer.of(graph));
  }

  private List<StoredTensor> tensors() {
    return LlamaNaming.tensors(sizes);
  }

  void write(Path file) throws IOException {
    write(tensors(), file);
    writeText(config().toPrettyString(), file.resolveSibling(ModelConfig.NAME));
  }

  /** The index comes last, so that it never names files that are not there. */
  void writeShards(Path folder, long most) throws IOException {
    List<List<StoredTensor>> shards = shards(most);
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.putObject("metadata").put("total_size", bytes(tensors()));
    ObjectNode map = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      write(shards.get(i), folder.resolve(name));
      shards.get(i).forEach(tensor -> map.put(tensor.name(), name));
    }
    writeText(config().toPrettyString(), folder.resolve(ModelConfig.NAME));
    writeText(index.toPrettyString(), folder.resolve(ShardedTensors.INDEX));
  }

  /** As many tensors in a file as fit, in their order; a larger one is alone. */
  private List<List<StoredTensor>> shards(long most) {
    List<List<StoredTensor>> shards = new ArrayList<>();
    List<StoredTensor> last = new ArrayList<>();
    for (StoredTensor tensor : tensors()) {
      if (!last.isEmpty() && bytes(last) + bytes(List.of(tensor)) > most) {
        shards.add(last);
        last = new ArrayList<>();
      }
      last.add(tensor);
    }
    shards.add(last);
    return shards;
  }

  private long bytes(List<StoredTensor> tensors) {
    return tensors.stream()
            .mapToLong(tensor -> tensor.shape().stream().reduce(1L, Math::multiplyExact))
            .sum()
        * type.bytes();
  }

  private void write(List<StoredTensor> tensors, Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (StoredTensor tensor : tensors) {
      writer.floats(tensor.name(), type, tensor.shape(), () -> values(tensor));
    }
    writer.write(file, METADATA);
  }

  private float[] values(StoredTensor tensor) {
    StoredTensor.Parameter parameter = tensor.parameters().get(0);
    INDArray array = network.array(parameter);
    if (tensor.layout() != StoredTensor.Layout.TRANSPOSED) {
      return array.dup('c').data().asFloat();
    }
    float[] rows = array.transpose().dup('c').data().asFloat();
    boolean turned = parameter.name().equals("q") || parameter.name().equals("k");
    return turned && block.getPairs() == RotaryPairs.NEIGHBORS ? asHalves(rows) : rows;
  }

  /**
   * The rows of queries or keys in Hugging Face's order: in each head the first numbers of all
   * pairs, then the second ones.
   */
  private float[] asHalves(float[] rows) {
    int width = sizes.width();
    int head = width / block.getHeads();
    float[] halves = new float[rows.length];
    for (int row = 0; row < rows.length / width; row++) {
      int inHead = row % head;
      int pair = inHead % (head / 2);
      int source = row - inHead + 2 * pair + (inHead < head / 2 ? 0 : 1);
      System.arraycopy(rows, source * width, halves, row * width, width);
    }
    return halves;
  }

  private ObjectNode config() {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("model_type", "llama").put("hidden_act", "silu");
    config.put("attention_bias", false).put("mlp_bias", false);
    config.put("hidden_size", sizes.width()).put("intermediate_size", sizes.mlpWidth());
    config.put("num_hidden_layers", sizes.blocks());
    config.put("num_attention_heads", block.getHeads());
    config.put("num_key_value_heads", block.getKeyValueHeads());
    config.put("max_position_embeddings", embedding().getMaxPositions());
    config.put("rms_norm_eps", network.layer(Llama.NORM, TokenNorm.class).getEpsilon());
    config.put("rope_theta", block.getTheta());
    config
        .putObject("rope_parameters")
        .put("rope_type", "default")
        .put("rope_theta", block.getTheta());
    config.put(
        "tie_word_embeddings",
        network.layer(Llama.HEAD, LanguageModelHead.class).getTiedTo() != null);
    return config.put("vocab_size", sizes.vocabularySize());
  }

  private TokenEmbedding embedding() {
    return network.layer(Llama.EMBEDDING, TokenEmbedding.class);
  }

  private static void writeText(String text, Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    AtomicFile.writeText(file, text);
  }
}
