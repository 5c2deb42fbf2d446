// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.io.Resources;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.checkpoint.StoredTensor.Layout;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.transformer.TokenEmbedding;

/**
 * All weights of a BERT encoder: Hugging Face's {@code model.safetensors}, or an ONNX graph as
 * PyTorch exports it, in a file or on the class path.
 *
 * <pre>{@code
 * try (BertCheckpoint checkpoint = BertCheckpoint.ofResource("all-minilm-l6-v2.onnx")) {
 *   ComputationGraph network = checkpoint.model().classes(57).build().init();
 *   checkpoint.readInto(network);
 * }
 * }</pre>
 *
 * <p>Only the encoder is read: the parts of pre-training and a classifier's pooler and head are
 * left out.
 */
public final class BertCheckpoint implements Closeable {
  private final BertSource source;
  private final BertDimensions dimensions;
  private final BertSource.Settings settings;

  private BertCheckpoint(BertSource source) {
    this.source = source;
    this.dimensions = readDimensions();
    this.settings = source.settings(dimensions);
  }

  /**
   * Opens a file of either kind. What a {@code config.json} beside a safetensors file says of the
   * heads, the activation and the norms' epsilon is taken from there.
   *
   * @throws FileFormatException if it is neither, or has no BERT, or {@code config.json} is not of
   *     these tensors
   */
  public static BertCheckpoint open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path)) {
      throw new FileFormatException(
          path.toString(), "a file of a BERT", "a folder", "give the file in it");
    }
    byte[] begin;
    try (InputStream in = Files.newInputStream(path)) {
      begin = in.readNBytes(SafetensorsBert.MAGIC_END);
    }
    return of(
        SafetensorsBert.begins(begin)
            ? SafetensorsBert.open(path)
            : new OnnxBert(Files.readAllBytes(path), path.toString()));
  }

  /**
   * As {@link #open}, for a file on the class path, such as {@code all-minilm-l6-v2.onnx}.
   *
   * @throws NoSuchFileException if it is not there
   */
  public static BertCheckpoint ofResource(String name) throws IOException {
    byte[] bytes = Resources.read(name);
    return of(
        SafetensorsBert.begins(bytes)
            ? new SafetensorsBert(SafetensorsFile.of(ByteBuffer.wrap(bytes), name), bytes)
            : new OnnxBert(bytes, name));
  }

  private static BertCheckpoint of(BertSource source) throws IOException {
    try {
      return new BertCheckpoint(source);
    } catch (RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  private BertDimensions readDimensions() {
    Set<String> names = source.shapes().keySet();
    int blocks = 0;
    while (names.contains(BertNaming.hiddenWeight(blocks))) {
      blocks++;
    }
    int[] words = matrix(BertNaming.WORDS);
    return new BertDimensions(
        words[0],
        matrix(BertNaming.POSITIONS)[0],
        matrix(BertNaming.TYPES)[0],
        words[1],
        blocks,
        matrix(BertNaming.hiddenWeight(0))[0]);
  }

  private int[] matrix(String tensor) {
    return CheckpointChecks.matrix(source.name(), source.shapes(), tensor, "a BERT");
  }

  /** The sizes that follow from the tensors. */
  public BertDimensions dimensions() {
    return dimensions;
  }

  /** SHA-256 of the whole file, by which an adapter's base can be told. */
  public String sha256() throws IOException {
    return source.sha256();
  }

  /**
   * A builder of the encoder that the file is of. How tokens are pooled and whether the result is
   * normalized is in no file: their mean, as it is, unless set. A safetensors file without a {@code
   * config.json} does not say the heads either, which then must be set.
   *
   * @throws CheckpointMismatchException if it lacks a tensor, or has one that is no part of such
   *     models
   */
  public BertEncoder.Builder model() {
    check(BertNaming.tensors(dimensions));
    BertEncoder.Builder builder =
        BertEncoder.sized(dimensions.width(), dimensions.blocks())
            .vocabularySize(dimensions.vocabularySize())
            .mlpWidth(dimensions.mlpWidth())
            .maxPositions(dimensions.maxPositions())
            .typeVocabulary(dimensions.typeVocabulary())
            .activation(settings.activation())
            .epsilon(settings.epsilon());
    return settings.heads() > 0 ? builder.heads(settings.heads()) : builder;
  }

  /**
   * Copies the encoder's weights into a network of {@link BertEncoder} whose weights are dense but
   * for a head, which stays as it is.
   *
   * @throws CheckpointMismatchException with all tensors that are missing, unexpected, or of
   *     another shape; nothing is changed then
   * @throws FileFormatException if a tensor has NaN or infinity; nothing is changed then
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   */
  public void readInto(ComputationGraph network) throws IOException {
    DenseNetwork to = new DenseNetwork("BertEncoder", network);
    List<StoredTensor> tensors = BertNaming.tensors(dimensions(to));
    check(tensors);
    Map<StoredTensor, INDArray> arrays = new LinkedHashMap<>();
    for (StoredTensor tensor : tensors) {
      arrays.put(tensor, to.array(tensor.parameters().get(0)));
    }
    for (StoredTensor tensor : tensors) {
      CheckpointChecks.requireFinite(source.name(), tensor.name(), 0, source.floats(tensor.name()));
    }
    for (Map.Entry<StoredTensor, INDArray> entry : arrays.entrySet()) {
      read(entry.getKey(), entry.getValue());
    }
  }

  private static BertDimensions dimensions(DenseNetwork network) {
    TokenEmbedding embedding = network.layer(BertEncoder.EMBEDDING, TokenEmbedding.class);
    return new BertDimensions(
        (int) embedding.getNIn(),
        embedding.getMaxPositions(),
        embedding.getTypeVocabulary(),
        (int) embedding.getNOut(),
        network.count(BertEncoder::block),
        network.find(BertEncoder.block(0), "fc1", spec -> spec.shape().columns()));
  }

  private void check(List<StoredTensor> tensors) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>(source.shapes());
    shapes.keySet().removeIf(BertNaming::isOther);
    CheckpointChecks.requireSame(
        source.name(),
        shapes,
        tensors,
        "pass the file of a BERT, and build the network by its sizes, " + dimensions);
  }

  private void read(StoredTensor tensor, INDArray to) throws IOException {
    INDArray values = Nd4j.createFromArray(source.floats(tensor.name())).castTo(to.dataType());
    boolean turned = tensor.layout() == Layout.TRANSPOSED && !source.inputsFirst();
    to.assign(
        turned
            ? values.reshape('c', to.size(1), to.size(0)).transpose()
            : values.reshape('c', to.shape()));
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
