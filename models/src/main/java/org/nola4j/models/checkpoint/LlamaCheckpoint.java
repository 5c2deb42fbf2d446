// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Llama;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transfer.ParameterReader;
import org.nola4j.transformer.LlamaBlock;

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
 * <p>Memory: one tensor at a time beside the network. A model that is too large as float32 goes
 * into 8-bit integers as it is read:
 *
 * <pre>{@code
 * Adapters<ComputationGraph> adapters =
 *     Adapters.read(checkpoint.model().build().conf(), checkpoint.parameters(), plan);
 * }</pre>
 */
public final class LlamaCheckpoint implements LlamaSource {
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

    static Settings of(ModelConfig config, LlamaDimensions sizes) {
      config.require("model_type", "llama");
      config.require("quantization_config", null);
      config.require("hidden_act", "silu");
      config.require("attention_bias", false);
      config.require("mlp_bias", false);
      config.require("rope_scaling", null);
      ModelConfig rotary = config.part("rope_parameters");
      rotary.require("rope_type", "default");
      config.requireSize("num_hidden_layers", sizes.blocks());
      config.requireSize("hidden_size", sizes.width());
      config.requireSize("intermediate_size", sizes.mlpWidth());
      config.requireSize("vocab_size", sizes.vocabularySize());
      if (sizes.tiedHead()) {
        config.require("tie_word_embeddings", true);
      }
      return new Settings(
          heads(config, sizes),
          config.count("max_position_embeddings", USUAL.maxPositions),
          rotary.positive("rope_theta", config.positive("rope_theta", USUAL.theta)),
          config.positive("rms_norm_eps", USUAL.epsilon));
    }

    private static int heads(ModelConfig config, LlamaDimensions sizes) {
      int heads = config.heads("num_attention_heads", sizes.width());
      if (heads > 0) {
        int size = sizes.width() / heads;
        config.require("head_dim", size);
        config.requireSize("num_key_value_heads", sizes.keyValueWidth() / size);
      }
      return heads;
    }
  }

  private LlamaCheckpoint(ShardedTensors file) throws IOException {
    this.file = file;
    this.dimensions = readDimensions();
    this.settings =
        file.config().map(config -> Settings.of(config, dimensions)).orElse(Settings.USUAL);
  }

  /**
   * Opens a file, an index, or a folder with either. What a {@code config.json} beside it says of
   * heads, rotary angles and the norms' epsilon is taken from there.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws FileFormatException if it is no LLaMA, or one that has what this library does not, or
   *     {@code config.json} is not of these tensors
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

  /**
   * Whether a file, an index, or a folder with either has a LLaMA's tensors; its weights are not
   * read.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  public static boolean isLlama(Path path) throws IOException {
    try (ShardedTensors file = ShardedTensors.open(path)) {
      return file.shapes().containsKey(LlamaNaming.WORDS);
    }
  }

  /**
   * An adapter over a {@link Llama} for PEFT over transformers' LLaMA with a head. Its base must be
   * of Hugging Face's files: those of llama2.c have queries and keys in another order.
   *
   * @throws IllegalArgumentException if something in the adapter cannot be exported
   */
  public static PeftAdapter peft(Adapter adapter) {
    Map<String, String> names = PeftNames.of(adapter, LlamaBlock.class, LlamaNaming::modules);
    return PeftAdapter.of(adapter, names, Set.of());
  }

  private LlamaDimensions readDimensions() {
    int blocks = 0;
    while (file.shapes().containsKey(LlamaNaming.keys(blocks))) {
      blocks++;
    }
    int[] words = matrix(LlamaNaming.WORDS);
    return new LlamaDimensions(
        words[0],
        words[1],
        blocks,
        matrix(LlamaNaming.keys(0))[0],
        matrix(LlamaNaming.gate(0))[0],
        !file.shapes().containsKey(LlamaNaming.HEAD));
  }

  private int[] matrix(String tensor) {
    return CheckpointChecks.matrix(file.name(), file.shapes(), tensor, "a LLaMA");
  }

  @Override
  public LlamaDimensions dimensions() {
    return dimensions;
  }

  @Override
  public int maxPositions() {
    return settings.maxPositions();
  }

  @Override
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
  @Override
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
        .keyValueHeads(dimensions.keyValueWidth() / (dimensions.width() / settings.heads()));
  }

  /**
   * Copies the weights into a network of {@link Llama} whose weights are dense.
   *
   * @throws CheckpointMismatchException with all tensors that are missing, unexpected, or of
   *     another shape; nothing is changed then
   * @throws FileFormatException if a tensor has NaN or infinity; nothing is changed then
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   */
  @Override
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

  /**
   * Reads one weight at a time; while this file is open.
   *
   * @throws CheckpointMismatchException with all tensors that are missing, unexpected, or of
   *     another shape
   */
  @Override
  public ParameterReader parameters() {
    Map<StoredTensor.Parameter, StoredTensor> tensors = new LinkedHashMap<>();
    check(dimensions).forEach(tensor -> tensors.put(tensor.parameters().get(0), tensor));
    return (layer, parameter) -> {
      StoredTensor tensor = tensors.get(new StoredTensor.Parameter(layer, parameter));
      try {
        float[] values = file.floats(tensor.name());
        CheckpointChecks.requireFinite(file.name(), tensor.name(), 0, values);
        return LlamaDimensions.turned(values, tensor);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
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

  /**
   * Writes a network of {@link Llama} as Hugging Face's transformers does, and {@code config.json}
   * beside it. One that turns neighboring numbers, as llama2.c does, is written with the rows of
   * queries and keys in Hugging Face's order.
   *
   * <p>To write a network with adapters, {@linkplain org.nola4j.transfer.Adapters#merge merge}
   * them. Memory: one tensor at a time beside the network.
   *
   * @param path the file, usually {@code model.safetensors}; its folder must exist
   * @param type F32, F16 or BF16
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   * @throws ArithmeticException if a weight is NaN or infinite
   */
  public static void write(ComputationGraph network, Path path, TensorType type)
      throws IOException {
    new LlamaWriter(network, type).write(path);
  }

  /**
   * As {@link #write}, into several files with {@code model.safetensors.index.json}.
   *
   * @param folder of the files; it must exist
   * @param most bytes of tensors in a file; a larger tensor has a file of its own
   */
  public static void writeShards(ComputationGraph network, Path folder, TensorType type, long most)
      throws IOException {
    new LlamaWriter(network, type).writeShards(folder, most);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
