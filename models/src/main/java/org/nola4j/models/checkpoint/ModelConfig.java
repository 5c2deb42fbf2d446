// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;
import org.nola4j.transformer.MlpActivation;

/**
 * Hugging Face's {@code config.json}, or a part of it.
 *
 * @param file its name, for messages
 */
record ModelConfig(JsonNode json, String file) {
  /** The usual name of the file. */
  static final String NAME = "config.json";

  private static final String UNSUPPORTED = "such models are not supported";
  private static final String REPAIR =
      "it is another model's, or the weights are not complete: copy both again";

  /** The one beside a file of weights, or empty. */
  static Optional<ModelConfig> beside(Path weights) throws IOException {
    Path path = weights.resolveSibling(NAME);
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    String name = path.toString();
    String text =
        StrictJson.decode(ByteBuffer.wrap(Files.readAllBytes(path)), name, "configuration");
    return Optional.of(new ModelConfig(StrictJson.parse(text, name, "configuration"), name));
  }

  /** The object under a key, or this one where there is none. */
  ModelConfig part(String key) {
    return json.has(key) ? new ModelConfig(json.get(key), file) : this;
  }

  /**
   * Fails if a key is there with another value.
   *
   * @param value a string, a boolean, a whole number, or null
   */
  void require(String key, Object value) {
    JsonNode found = json.path(key);
    String expected = value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
    if (!isAbsent(found) && !found.toString().equals(expected)) {
      throw new FileFormatException(
          file, "\"" + key + "\": " + expected, found.toString(), UNSUPPORTED);
    }
  }

  /** A number from 1 to 2^31 - 1; {@code otherwise} without the key. */
  int count(String key, int otherwise) {
    JsonNode found = json.path(key);
    if (isAbsent(found)) {
      return otherwise;
    }
    if (!isWhole(found) || found.intValue() < 1) {
      throw new FileFormatException(
          file, "\"" + key + "\": a whole number above 0", found.toString(), Remedy.COPY);
    }
    return found.intValue();
  }

  /** A finite number above 0; {@code otherwise} without the key. */
  double positive(String key, double otherwise) {
    JsonNode found = json.path(key);
    if (isAbsent(found)) {
      return otherwise;
    }
    if (!found.isNumber() || !(found.asDouble() > 0) || Double.isInfinite(found.asDouble())) {
      throw new FileFormatException(
          file, "\"" + key + "\": a number above 0", found.toString(), Remedy.COPY);
    }
    return found.asDouble();
  }

  /** Fails if a key is there with another number than follows from the tensors. */
  void requireSize(String key, int ofTensors) {
    JsonNode found = json.path(key);
    if (!isAbsent(found) && !(isWhole(found) && found.intValue() == ofTensors)) {
      throw new FileFormatException(
          file,
          "\"%s\": %d, as the tensors have".formatted(key, ofTensors),
          found.toString(),
          REPAIR);
    }
  }

  /**
   * The heads; 0 without the key.
   *
   * @param width of all of them
   */
  int heads(String key, int width) {
    int heads = count(key, 0);
    if (heads > 0 && width % heads != 0) {
      throw new FileFormatException(
          file, "\"%s\": a divisor of %d, the width".formatted(key, width), "" + heads, REPAIR);
    }
    return heads;
  }

  private static boolean isWhole(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt();
  }

  private static boolean isAbsent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  /** The activation function that transformers calls so; {@code otherwise} without the key. */
  MlpActivation activation(String key, MlpActivation otherwise) {
    if (!json.has(key)) {
      return otherwise;
    }
    String name = json.path(key).asText();
    return switch (name) {
      case "gelu" -> MlpActivation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> MlpActivation.GELU_TANH;
      case "relu" -> MlpActivation.RELU;
      default ->
          throw new FileFormatException(
              file,
              "\"" + key + "\" gelu, gelu_new, gelu_pytorch_tanh or relu",
              "\"" + name + "\"",
              UNSUPPORTED);
    };
  }
}
