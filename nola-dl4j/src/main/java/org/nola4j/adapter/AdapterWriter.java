// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nola4j.quantization.QuantizedVector;
import org.nola4j.quantization.Quantizer;
import org.nola4j.safetensors.SafetensorsWriter;

/**
 * Lays out an adapter as a file: floats tensor by tensor, then all quantized vectors in one. Every
 * field has its fixed place, so equal adapters give equal bytes.
 */
final class AdapterWriter {
  private final Recipe recipe;
  private final Map<String, float[]> values;
  private final Map<String, QuantizedVector> quantized = new LinkedHashMap<>();
  private final Map<String, String> notes;
  private final Precision precision;

  /**
   * A writer.
   *
   * @param values by tensor name
   * @param bits of the vectors that are quantized, by tensor name
   */
  AdapterWriter(
      Recipe recipe,
      Map<String, float[]> values,
      Map<String, Integer> bits,
      Map<String, String> notes,
      Precision precision) {
    this.recipe = recipe;
    this.values = values;
    this.notes = notes;
    this.precision = precision;
    for (String tensor : recipe.shapes().keySet()) {
      if (bits.containsKey(tensor)) {
        Quantizer quantizer = new Quantizer(bits.get(tensor));
        quantized.put(tensor, quantizer.quantize(values.get(tensor)));
      }
    }
  }

  /** The file's size: the digest's length does not depend on its value. */
  long bytes() {
    return tensors().size(metadata(AdapterFormat.NO_DIGEST));
  }

  void write(Path file) throws IOException {
    SafetensorsWriter tensors = tensors();
    Digest digest = new Digest();
    tensors.stream(metadata(AdapterFormat.NO_DIGEST), digest::update);
    tensors.write(file, metadata(digest.hex()));
  }

  private Map<String, String> metadata(String digest) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(AdapterFormat.FORMAT, recipe.version());
    metadata.put(AdapterFormat.DIGEST, digest);
    metadata.put(AdapterFormat.NETWORK, recipe.network());
    metadata.put(AdapterFormat.RECIPE, RecipeWriter.write(recipe, quantized));
    metadata.putAll(Notes.members(notes));
    return metadata;
  }

  /** Those that are not quantized come first so that they are aligned. */
  private SafetensorsWriter tensors() {
    SafetensorsWriter tensors = new SafetensorsWriter();
    recipe
        .shapes()
        .forEach(
            (tensor, shape) -> {
              if (!quantized.containsKey(tensor)) {
                tensors.floats(tensor, precision.type(), shape, () -> values.get(tensor));
              }
            });
    if (!quantized.isEmpty()) {
      long bytes = quantized.values().stream().mapToLong(QuantizedVector::bytes).sum();
      tensors.bytes(
          PackedVector.TENSOR,
          bytes,
          () -> quantized.values().stream().map(QuantizedVector::packed).toList());
    }
    return tensors;
  }
}
