// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.Sha256;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;

/** Hugging Face's {@code model.safetensors}, with what {@code config.json} beside it says. */
final class SafetensorsBert implements BertSource {
  /** Bytes by which {@link #begins} tells such a file from others. */
  static final int MAGIC_END = Long.BYTES + 1;

  private final SafetensorsFile file;
  private final Optional<ModelConfig> config;
  private final byte[] bytes;
  private final Path path;

  /** The names in the file by those of {@link BertNaming}. */
  private final Map<String, String> names = new LinkedHashMap<>();

  private SafetensorsBert(
      SafetensorsFile file, Optional<ModelConfig> config, byte[] bytes, Path path) {
    this.file = file;
    this.config = config;
    this.bytes = bytes;
    this.path = path;
    for (String name : file.tensors().keySet()) {
      String other = names.put(BertNaming.plain(name), name);
      if (other != null) {
        throw new FileFormatException(
            file.name(), "one tensor of each part", other + " and " + name, Remedy.COPY);
      }
    }
  }

  /** Of a file that is in memory, without a configuration. */
  SafetensorsBert(SafetensorsFile file, byte[] bytes) {
    this(file, Optional.empty(), bytes, null);
  }

  static SafetensorsBert open(Path path) throws IOException {
    Optional<ModelConfig> config = ModelConfig.beside(path);
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      return new SafetensorsBert(file, config, null, path);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** Whether a file that begins so is one: a length of 64 bits, then JSON. */
  static boolean begins(byte[] bytes) {
    return bytes.length >= MAGIC_END && bytes[Long.BYTES] == '{';
  }

  private static Settings settings(ModelConfig config, BertDimensions sizes) {
    config.require("model_type", "bert");
    config.require("quantization_config", null);
    config.require("position_embedding_type", "absolute");
    config.requireSize("num_hidden_layers", sizes.blocks());
    config.requireSize("hidden_size", sizes.width());
    config.requireSize("intermediate_size", sizes.mlpWidth());
    config.requireSize("max_position_embeddings", sizes.maxPositions());
    config.requireSize("type_vocab_size", sizes.typeVocabulary());
    config.requireSize("vocab_size", sizes.vocabularySize());
    return new Settings(
        config.heads("num_attention_heads", sizes.width()),
        config.activation("hidden_act", Settings.USUAL.activation()),
        config.positive("layer_norm_eps", Settings.USUAL.epsilon()));
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    names.forEach((plain, name) -> shapes.put(plain, file.info(name).shape()));
    return shapes;
  }

  @Override
  public boolean inputsFirst() {
    return false;
  }

  @Override
  public float[] floats(String tensor) throws IOException {
    return file.floats(names.get(tensor));
  }

  @Override
  public Settings settings(BertDimensions sizes) {
    return config.map(beside -> settings(beside, sizes)).orElse(Settings.USUAL);
  }

  @Override
  public String sha256() throws IOException {
    return path == null ? new Sha256().update(ByteBuffer.wrap(bytes)).hex() : Sha256.of(path);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
