// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;

/**
 * The header of a {@code .safetensors} file: free-form metadata, and where each tensor is.
 *
 * @param metadata of the whole file, in the order of the file
 * @param tensors by name, in the order of the file
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, TensorInfo> tensors) {
  /** Data begin at a multiple of this, so that they can be used in place when mapped. */
  static final int ALIGNMENT = 8;

  /** Bytes of the length that a file begins with. */
  static final int LENGTH_BYTES = 8;

  private static final String METADATA = "__metadata__";

  /** Keeps its own copies. */
  SafetensorsHeader {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /** Bytes of data that follow the header. */
  long dataLength() {
    return tensors.values().stream().mapToLong(TensorInfo::end).max().orElse(0);
  }

  /** Length, JSON and padding: everything before the data. */
  byte[] encode() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode meta = json.putObject(METADATA);
    metadata.forEach(meta::put);
    tensors.forEach(
        (name, tensor) -> {
          ObjectNode entry = json.putObject(name).put("dtype", tensor.type().name());
          ArrayNode shape = entry.putArray("shape");
          tensor.shape().forEach(shape::add);
          entry.putArray("data_offsets").add(tensor.begin()).add(tensor.end());
        });
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH_BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded).put(text);
    while (bytes.hasRemaining()) {
      bytes.put((byte) ' ');
    }
    return bytes.array();
  }

  /**
   * Parses and checks the JSON: every tensor's bytes match its type and shape, and together they
   * cover the data without gap or overlap.
   *
   * @param dataLength bytes in the file after the header
   */
  static SafetensorsHeader parse(String json, String file, long dataLength) {
    ObjectNode root = StrictJson.parse(json, file, "the safetensors header");
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = root.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      if (entry.getKey().equals(METADATA)) {
        metadata = metadata(entry.getValue(), file);
      } else {
        tensors.put(entry.getKey(), tensor(entry.getValue(), file, entry.getKey()));
      }
    }
    checkCover(tensors, file, dataLength);
    return new SafetensorsHeader(metadata, tensors);
  }

  private static Map<String, String> metadata(JsonNode node, String file) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (!node.isObject()) {
      throw new FileFormatException(
          file, METADATA + " as a JSON object", node.toString(), Remedy.COPY);
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = node.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      if (!entry.getValue().isTextual()) {
        throw new FileFormatException(
            file,
            "a string as metadata \"" + entry.getKey() + "\"",
            entry.getValue().toString(),
            Remedy.COPY);
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    }
    return metadata;
  }

  private static TensorInfo tensor(JsonNode node, String file, String name) {
    String where = "tensor \"" + name + "\": ";
    if (!node.isObject()
        || node.size() != 3
        || !node.path("dtype").isTextual()
        || !node.path("shape").isArray()
        || !node.path("data_offsets").isArray()) {
      throw new FileFormatException(
          file, where + "exactly dtype, shape and data_offsets", node.toString(), Remedy.COPY);
    }
    TensorType type = type(node.get("dtype").textValue(), file, where);
    List<Long> shape = sizes(node.get("shape"), file, where + "shape");
    List<Long> offsets = sizes(node.get("data_offsets"), file, where + "data_offsets");
    if (offsets.size() != 2) {
      throw new FileFormatException(
          file, where + "two data_offsets", offsets.toString(), Remedy.COPY);
    }
    TensorInfo tensor = new TensorInfo(type, shape, offsets.get(0), offsets.get(1));
    checkLength(tensor, file, where);
    return tensor;
  }

  private static TensorType type(String name, String file, String where) {
    TensorType type = TensorType.of(name);
    if (type == null) {
      throw new FileFormatException(
          file, where + "a dtype such as F32 or F16", "\"" + name + "\"", Remedy.UPDATE);
    }
    return type;
  }

  private static List<Long> sizes(JsonNode array, String file, String where) {
    List<Long> sizes = new ArrayList<>(array.size());
    for (JsonNode size : array) {
      if (!size.isIntegralNumber() || size.longValue() < 0) {
        throw new FileFormatException(
            file, where + " in whole numbers from 0 on", array.toString(), Remedy.COPY);
      }
      sizes.add(size.longValue());
    }
    return sizes;
  }

  private static void checkLength(TensorInfo tensor, String file, String where) {
    long bytes;
    try {
      bytes = tensor.type().bytes();
      for (long size : tensor.shape()) {
        bytes = Math.multiplyExact(bytes, size);
      }
    } catch (ArithmeticException e) {
      throw new FileFormatException(
          file, where + "a size below 2^63 bytes", "shape " + tensor.shape(), Remedy.COPY, e);
    }
    if (tensor.end() - tensor.begin() != bytes) {
      throw new FileFormatException(
          file,
          where + bytes + " bytes for " + tensor.type() + " " + tensor.shape(),
          "data_offsets [" + tensor.begin() + ", " + tensor.end() + "]",
          Remedy.COPY);
    }
  }

  private static void checkCover(Map<String, TensorInfo> tensors, String file, long dataLength) {
    long end = 0;
    for (Map.Entry<String, TensorInfo> entry : sorted(tensors)) {
      TensorInfo tensor = entry.getValue();
      if (tensor.begin() != end) {
        throw new FileFormatException(
            file,
            "tensor \""
                + entry.getKey()
                + "\" to begin at byte "
                + end
                + ", where the one before ends",
            String.valueOf(tensor.begin()),
            Remedy.COPY);
      }
      end = tensor.end();
    }
    if (end != dataLength) {
      throw new FileFormatException(
          file,
          end + " bytes of data, as its tensors say",
          dataLength + (dataLength < end ? ": it is truncated" : ""),
          Remedy.COPY);
    }
  }

  private static Collection<Map.Entry<String, TensorInfo>> sorted(Map<String, TensorInfo> tensors) {
    return tensors.entrySet().stream()
        .sorted(
            Map.Entry.comparingByValue(
                Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end)))
        .toList();
  }
}
