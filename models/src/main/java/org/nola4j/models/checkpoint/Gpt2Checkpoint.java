// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.internal.io.AtomicFile;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Gpt2;
import org.nola4j.network.FiniteParameters;
import org.nola4j.network.NetworkLayer;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.TokenEmbedding;
import org.nola4j.transformer.TransformerBlock;

/**
 * All weights of a GPT-2 in Hugging Face's files: {@code model.safetensors} as OpenAI's are
 * published, or several files with {@code model.safetensors.index.json}; F32, F16 or BF16; with or
 * without the prefix {@code transformer.} and {@code lm_head.weight}.
 *
 * <pre>{@code
 * try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(Path.of("gpt2/model.safetensors"))) {
 *   ComputationGraph network = checkpoint.model().build().init();
 *   checkpoint.readInto(network);
 * }
 * }</pre>
 *
 * <p>Memory: one tensor at a time beside the network.
 */
public final class Gpt2Checkpoint implements Closeable {
  private static final Map<String, String> METADATA = Map.of("format", "pt");
  private static final String ANOTHER = "pass the file of a GPT-2";

  private final ShardedTensors file;
  private final Settings settings;

  /** The names in the file by those of {@link Gpt2Naming}. */
  private final Map<String, String> names = new LinkedHashMap<>();

  private final Gpt2Dimensions dimensions;

  /**
   * What {@code config.json} says beside the tensors.
   *
   * @param heads 0 where it does not say it
   */
  private record Settings(int heads, MlpActivation activation, double epsilon) {
    static final Settings USUAL = new Settings(0, MlpActivation.GELU_TANH, 1e-5);

    static Settings of(ModelConfig config, Gpt2Dimensions sizes) {
      config.require("model_type", "gpt2");
      config.require("quantization_config", null);
      config.require("scale_attn_by_inverse_layer_idx", false);
      config.require("scale_attn_weights", true);
      config.require("add_cross_attention", false);
      config.requireSize("n_layer", sizes.blocks());
      config.requireSize("n_embd", sizes.width());
      config.requireSize("n_inner", sizes.mlpWidth());
      config.requireSize("n_positions", sizes.maxPositions());
      config.requireSize("vocab_size", sizes.vocabularySize());
      return new Settings(
          config.heads("n_head", sizes.width()),
          config.activation("activation_function", USUAL.activation),
          config.positive("layer_norm_epsilon", USUAL.epsilon));
    }
  }

  private Gpt2Checkpoint(ShardedTensors file) throws IOException {
    this.file = file;
    for (String name : file.shapes().keySet()) {
      String other = names.put(Gpt2Naming.plain(name), name);
      if (other != null) {
        throw new FileFormatException(
            file.name(), "one tensor of each part", other + " and " + name, Remedy.COPY);
      }
    }
    this.dimensions = readDimensions();
    this.settings =
        file.config().map(config -> Settings.of(config, dimensions)).orElse(Settings.USUAL);
  }

  /**
   * Opens a file, an index, or a folder with either. What a {@code config.json} beside it says of
   * the heads, the activation function and the norms' epsilon is taken from there.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws FileFormatException if it is no GPT-2, or {@code config.json} is not of these tensors
   */
  public static Gpt2Checkpoint open(Path path) throws IOException {
    ShardedTensors file = ShardedTensors.open(path);
    try {
      return new Gpt2Checkpoint(file);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /**
   * An adapter over a {@link Gpt2} for PEFT over transformers' GPT-2 with a head. Adapters of
   * queries, keys and values become one of the module {@code c_attn}, of their ranks in sum.
   *
   * @throws IllegalArgumentException if something in the adapter cannot be exported
   */
  public static PeftAdapter peft(Adapter adapter) {
    Map<String, String> names = PeftNames.of(adapter, TransformerBlock.class, Gpt2Naming::modules);
    return PeftAdapter.of(adapter, names, Set.of()).withFanInFanOut();
  }

  private Gpt2Dimensions readDimensions() {
    int blocks = 0;
    while (names.containsKey(Gpt2Naming.hiddenWeight(blocks))) {
      blocks++;
    }
    int[] words = matrix(Gpt2Naming.WORDS);
    return new Gpt2Dimensions(
        words[0],
        matrix(Gpt2Naming.POSITIONS)[0],
        words[1],
        blocks,
        matrix(Gpt2Naming.hiddenWeight(0))[1]);
  }

  private int[] matrix(String tensor) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    names.forEach((plain, name) -> shapes.put(plain, file.shapes().get(name)));
    return CheckpointChecks.matrix(file.name(), shapes, tensor, "a GPT-2");
  }

  /** The sizes that follow from the tensors. */
  public Gpt2Dimensions dimensions() {
    return dimensions;
  }

  /** SHA-256 of the file, or of the SHA-256s of several, by which an adapter's base can be told. */
  public String sha256() throws IOException {
    return file.sha256();
  }

  /**
   * A builder of the model that the file is of. Without a {@code config.json}, a head has 64
   * numbers, and where that does not divide the width the heads must be set.
   *
   * @throws CheckpointMismatchException if it lacks a tensor, or has one that is no part of such
   *     models
   */
  public Gpt2.Builder model() {
    check(Gpt2Naming.tensors(dimensions));
    Gpt2.Builder builder =
        Gpt2.sized(dimensions.width(), dimensions.blocks())
            .vocabularySize(dimensions.vocabularySize())
            .mlpWidth(dimensions.mlpWidth())
            .maxPositions(dimensions.maxPositions())
            .activation(settings.activation())
            .epsilon(settings.epsilon());
    return settings.heads() > 0 ? builder.heads(settings.heads()) : builder;
  }

  /**
   * Copies the weights into a network of {@link Gpt2} whose weights are dense.
   *
   * @throws CheckpointMismatchException with all tensors that are missing, unexpected, or of
   *     another shape; nothing is changed then
   * @throws FileFormatException if a tensor has NaN or infinity, or the file's head is not its
   *     embedding; nothing is changed then
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   */
  public void readInto(ComputationGraph network) throws IOException {
    DenseNetwork to = new DenseNetwork("Gpt2", network);
    List<StoredTensor> tensors = Gpt2Naming.tensors(dimensions(to));
    check(tensors);
    Map<StoredTensor, List<INDArray>> arrays = new LinkedHashMap<>();
    for (StoredTensor tensor : tensors) {
      arrays.put(tensor, tensor.parameters().stream().map(to::array).toList());
    }
    for (StoredTensor tensor : tensors) {
      CheckpointChecks.requireFinite(file.name(), tensor.name(), 0, floats(tensor.name()));
    }
    requireTiedHead();
    for (Map.Entry<StoredTensor, List<INDArray>> entry : arrays.entrySet()) {
      read(entry.getKey(), entry.getValue());
    }
  }

  private float[] floats(String tensor) throws IOException {
    return file.floats(names.get(tensor));
  }

  private void requireTiedHead() throws IOException {
    if (names.containsKey(Gpt2Naming.HEAD)
        && !Arrays.equals(floats(Gpt2Naming.HEAD), floats(Gpt2Naming.WORDS))) {
      throw new FileFormatException(
          file.name(),
          Gpt2Naming.HEAD + " equal to " + Gpt2Naming.WORDS + ", as GPT-2's is",
          "other numbers",
          "models whose head is not tied to the embedding are not supported");
    }
  }

  private static Gpt2Dimensions dimensions(DenseNetwork network) {
    TokenEmbedding embedding = network.layer(Gpt2.EMBEDDING, TokenEmbedding.class);
    network.layer(Gpt2.block(0), TransformerBlock.class);
    return new Gpt2Dimensions(
        (int) embedding.getNIn(),
        embedding.getMaxPositions(),
        (int) embedding.getNOut(),
        network.count(Gpt2::block),
        network.find(Gpt2.block(0), "fc1", spec -> spec.shape().columns()));
  }

  private void check(List<StoredTensor> tensors) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    Map<String, List<Long>> inFile = file.shapes();
    names.forEach((plain, name) -> shapes.put(plain, inFile.get(name)));
    shapes.keySet().removeIf(Gpt2Naming::isConstant);
    shapes.remove(Gpt2Naming.HEAD);
    CheckpointChecks.requireSame(
        file.name(),
        shapes,
        tensors,
        ANOTHER + ", and build the network by its sizes, " + dimensions);
  }

  private void read(StoredTensor tensor, List<INDArray> to) throws IOException {
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    INDArray values = Nd4j.createFromArray(floats(tensor.name())).reshape('c', shape);
    long from = 0;
    for (INDArray each : to) {
      long columns = each.size(each.rank() - 1);
      INDArray part =
          to.size() == 1
              ? values
              : values
                  .reshape('c', -1, shape[shape.length - 1])
                  .get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + columns));
      each.assign(part.dup('c').reshape('c', each.shape()).castTo(each.dataType()));
      from += columns;
    }
  }

  /**
   * Writes a network of {@link Gpt2} as Hugging Face's transformers does, without {@code
   * lm_head.weight}, and {@code config.json} beside it.
   *
   * @param path the file, usually {@code model.safetensors}
   * @param type F32, F16 or BF16
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   * @throws ArithmeticException if a weight is NaN or infinite
   */
  public static void write(ComputationGraph network, Path path, TensorType type)
      throws IOException {
    DenseNetwork from = new DenseNetwork("Gpt2", network);
    SafetensorsWriter writer = writer(from, type);
    FiniteParameters.require(NetworkLayer.of(network));
    writer.write(path, METADATA);
    TransformerBlock block = from.layer(Gpt2.block(0), TransformerBlock.class);
    AtomicFile.writeText(path.resolveSibling(ModelConfig.NAME), config(dimensions(from), block));
  }

  /**
   * The size in bytes of the file that {@link #write} writes.
   *
   * @throws IllegalArgumentException like {@code write}
   */
  public static long bytes(ComputationGraph network, TensorType type) {
    return writer(new DenseNetwork("Gpt2", network), type).size(METADATA);
  }

  private static SafetensorsWriter writer(DenseNetwork from, TensorType type) {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (StoredTensor tensor : Gpt2Naming.tensors(dimensions(from))) {
      List<INDArray> arrays = tensor.parameters().stream().map(from::array).toList();
      writer.floats(
          Gpt2Naming.PREFIX + tensor.name(), type, tensor.shape(), () -> joined(tensor, arrays));
    }
    return writer;
  }

  private static float[] joined(StoredTensor tensor, List<INDArray> arrays) {
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    if (arrays.size() == 1) {
      return arrays.get(0).dup('c').data().asFloat();
    }
    INDArray[] matrices =
        arrays.stream()
            .map(array -> array.reshape('c', shape.length == 1 ? 1 : shape[0], -1))
            .toArray(INDArray[]::new);
    return Nd4j.concat(1, matrices).dup('c').data().asFloat();
  }

  private static String config(Gpt2Dimensions sizes, TransformerBlock block) {
    String activation =
        switch (block.getActivation()) {
          case GELU_TANH -> "gelu_new";
          case GELU -> "gelu";
          case RELU -> "relu";
        };
    return """
    {
      "architectures": ["GPT2LMHeadModel"],
      "model_type": "gpt2",
      "activation_function": "%s",
      "layer_norm_epsilon": %s,
      "n_embd": %d,
      "n_head": %d,
      "n_inner": %d,
      "n_layer": %d,
      "n_positions": %d,
      "tie_word_embeddings": true,
      "vocab_size": %d
    }
    """
        .formatted(
            activation,
            block.getEpsilon(),
            sizes.width(),
            block.getHeads(),
            sizes.mlpWidth(),
            sizes.blocks(),
            sizes.maxPositions(),
            sizes.vocabularySize());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
