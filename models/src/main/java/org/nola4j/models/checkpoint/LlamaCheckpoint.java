// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Llama;

/**
 * All weights of a LLaMA in Hugging Face's files: {@code model.safetensors}, or several files with
 * {@code model.safetensors.index.json}; F32, F16 or BF16; with {@code lm_head.weight} or a head
 * tied to the embedding.
 *
 * <pre>{@code
 * try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(Path.of("llama"))) {
 *   ComputationGraph network = checkpoint.model().build().init();
 *   checkpoint.readInto(network);
 * }
 * }</pre>
 *
 * <p>Memory: one tensor at a time beside the network.
 */
public final class LlamaCheckpoint implements Closeable {
  private static final String CONFIG = "config.json";
  private static final String ANOTHER = "pass the file of a LLaMA";

  private final ShardedTensors file;
  private final LlamaDimensions dimensions;
  private final Settings settings;

  /**
   * What {@code config.json} says beside the tensors.
   *
   * @param heads 0 where it does not say it
   */
  private record Settings(int heads, int maxPositions, double theta, double epsilon) {
    static final Settings USUAL = new Settings(0, 4096, 10_000, 1e-5);
  }

  private LlamaCheckpoint(ShardedTensors file) throws IOException {
    this.file = file;
    this.dimensions = readDimensions();
    Path config = file.sibling(CONFIG);
    this.settings = Files.exists(config) ? read(config) : Settings.USUAL;
  }

  /**
   * Opens a file, an index, or a folder with either. What a {@code config.json} beside it says of
   * heads, rotary angles and the norms' epsilon is taken from there.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws FileFormatException if it is no LLaMA, or one that has what this library does not
   */
  public static LlamaCheckpoint open(Path path) throws IOException {
    ShardedTensors file = ShardedTensors.open(path);
    try {
      return new LlamaCheckpoint(file);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private LlamaDimensions readDimensions() {
    int blocks = 0;
    while (file.shapes().containsKey(LlamaNaming.keys(blocks))) {
      blocks++;
    }
    List<Long> words = matrix(LlamaNaming.WORDS);
    return new LlamaDimensions(
        Math.toIntExact(words.get(0)),
        Math.toIntExact(words.get(1)),
        blocks,
        Math.toIntExact(matrix(LlamaNaming.keys(0)).get(0)),
        Math.toIntExact(matrix(LlamaNaming.gate(0)).get(0)),
        !file.shapes().containsKey(LlamaNaming.HEAD));
  }

  private List<Long> matrix(String tensor) {
    List<Long> shape = file.shapes().get(tensor);
    if (shape == null) {
      throw new FileFormatException(
          file.name(),
          "a LLaMA, with tensor \"" + tensor + "\"",
          "[" + NameList.first(file.shapes().keySet()) + "]",
          ANOTHER);
    }
    if (shape.size() != 2 || shape.stream().anyMatch(n -> n < 1 || n > Integer.MAX_VALUE)) {
      throw new FileFormatException(
          file.name(), "tensor \"" + tensor + "\" with 2 axes", shape.toString(), ANOTHER);
    }
    return shape;
  }

  private static Settings read(Path config) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(config));
    String name = config.toString();
    JsonNode json =
        StrictJson.parse(StrictJson.decode(bytes, name, "configuration"), name, "configuration");
    require(json, "model_type", "llama", name);
    require(json, "hidden_act", "silu", name);
    require(json, "attention_bias", "false", name);
    require(json, "mlp_bias", "false", name);
    require(json, "rope_scaling", "null", name);
    JsonNode rotary = json.has("rope_parameters") ? json.get("rope_parameters") : json;
    require(rotary, "rope_type", "default", name);
    return new Settings(
        json.path("num_attention_heads").asInt(0),
        json.path("max_position_embeddings").asInt(Settings.USUAL.maxPositions()),
        rotary.path("rope_theta").asDouble(Settings.USUAL.theta()),
        json.path("rms_norm_eps").asDouble(Settings.USUAL.epsilon()));
  }

  private static void require(JsonNode json, String key, String value, String file) {
    JsonNode found = json.path(key);
    String text = found.isContainerNode() ? found.toString() : found.asText(value);
    if (!text.equals(value)) {
      throw new FileFormatException(
          file, "\"" + key + "\": " + value, text, "such models are not supported");
    }
  }

  /** The sizes that follow from the tensors. */
  public LlamaDimensions dimensions() {
    return dimensions;
  }

  /** SHA-256 of the file, or of the SHA-256s of several, by which an adapter's base can be told. */
  public String sha256() throws IOException {
    return file.sha256();
  }

  /**
   * A builder of the model that the file is of. Without a {@code config.json} the heads must be
   * set.
   *
   * @throws CheckpointMismatchException if it lacks a tensor, or has one that is no part of such
   *     models
   */
  public Llama.Builder model() {
    check(dimensions);
    Llama.Builder builder =
        dimensions
            .model()
            .maxPositions(settings.maxPositions())
            .theta(settings.theta())
            .epsilon(settings.epsilon());
    if (settings.heads() == 0) {
      return builder;
    }
    return builder
        .heads(settings.heads())
        .keyValueHeads(
            dimensions.keyValueWidth() / Math.max(1, dimensions.width() / settings.heads()));
  }

  /**
   * Copies the weights into a network of {@link Llama} whose weights are dense.
   *
   * @throws CheckpointMismatchException with all tensors that are missing, unexpected, or of
   *     another shape; nothing is changed then
   * @throws FileFormatException if a tensor has NaN or infinity; nothing is changed then
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   */
  public void readInto(ComputationGraph network) throws IOException {
    DenseNetwork to = new DenseNetwork("Llama", network);
    List<StoredTensor> tensors = check(LlamaDimensions.of(to));
    tensors.forEach(tensor -> to.array(tensor.parameters().get(0)));
    for (StoredTensor tensor : tensors) {
      CheckpointChecks.requireFinite(file.name(), tensor.name(), 0, file.floats(tensor.name()));
    }
    for (StoredTensor tensor : tensors) {
      LlamaDimensions.write(file.floats(tensor.name()), tensor, to);
    }
  }

  private List<StoredTensor> check(LlamaDimensions sizes) {
    List<StoredTensor> tensors = LlamaNaming.tensors(sizes);
    Map<String, List<Long>> shapes = new LinkedHashMap<>(file.shapes());
    shapes.keySet().removeIf(LlamaNaming::isConstant);
    CheckpointChecks.requireSame(
        file.name(),
        shapes,
        tensors,
        ANOTHER + ", and build the network by its sizes, " + dimensions);
    return tensors;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
