// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.Sha256;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;

/** Hugging Face's {@code model.safetensors}, with what {@code config.json} beside it says. */
final class SafetensorsBert implements BertSource {
  /** Bytes by which {@link #begins} tells such a file from others. */
  static final int MAGIC_END = Long.BYTES + 1;

  private final SafetensorsFile file;
  private final Settings settings;
  private final byte[] bytes;
  private final Path path;

  /** The names in the file by those of {@link BertNaming}. */
  private final Map<String, String> names = new LinkedHashMap<>();

  private SafetensorsBert(SafetensorsFile file, Settings settings, byte[] bytes, Path path) {
    this.file = file;
    this.settings = settings;
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

  /** Of a file that is in memory. */
  SafetensorsBert(SafetensorsFile file, Settings settings, byte[] bytes) {
    this(file, settings, bytes, null);
  }

  static SafetensorsBert open(Path path) throws IOException {
    Settings settings =
        ModelConfig.beside(path).map(SafetensorsBert::settings).orElse(Settings.USUAL);
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      return new SafetensorsBert(file, settings, null, path);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** Whether a file that begins so is one: a length of 64 bits, then JSON. */
  static boolean begins(byte[] bytes) {
    return bytes.length >= MAGIC_END && bytes[Long.BYTES] == '{';
  }

  private static Settings settings(ModelConfig config) {
    config.require("model_type", "bert");
    config.require("position_embedding_type", "absolute");
    return new Settings(
        config.number("num_attention_heads", 0),
        config.activation("hidden_act", Settings.USUAL.activation()),
        config.number("layer_norm_eps", Settings.USUAL.epsilon()));
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
  public Settings settings() {
    return settings;
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
