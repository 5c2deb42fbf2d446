// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.quantization.QuantizedVector;
import org.nola4j.quantization.Quantizer;
import org.nola4j.safetensors.SafetensorsWriter;

/**
 * Lays out an adapter as a file: floats tensor by tensor, then all quantized vectors in one; where
 * the recipe is long, all floats in one, and the recipe deflated. Every field has its fixed place,
 * so equal adapters give equal bytes.
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
    Layout layout = layout();
    return layout.tensors().size(layout.metadata(AdapterFormat.NO_DIGEST));
  }

  void write(Path file) throws IOException {
    Layout layout = layout();
    Digest digest = new Digest();
    layout.tensors().stream(layout.metadata(AdapterFormat.NO_DIGEST), digest::update);
    layout.tensors().write(file, layout.metadata(digest.hex()));
  }

  /**
   * The parts of a file.
   *
   * @param fields metadata, the digest's not filled in
   */
  private record Layout(SafetensorsWriter tensors, Map<String, String> fields) {
    Map<String, String> metadata(String digest) {
      Map<String, String> metadata = new LinkedHashMap<>(fields);
      metadata.put(AdapterFormat.DIGEST, digest);
      return metadata;
    }
  }

  private Layout layout() {
    ObjectNode json = RecipeWriter.write(recipe, quantized);
    String text = json.toString();
    boolean compact = text.length() > AdapterFormat.LONGEST_PLAIN_RECIPE;
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(AdapterFormat.FORMAT, compact ? AdapterFormat.COMPACT_VERSION : recipe.version());
    fields.put(AdapterFormat.DIGEST, "");
    fields.put(AdapterFormat.NETWORK, recipe.network());
    if (!compact) {
      fields.put(AdapterFormat.RECIPE, text);
    } else if (recipe.frozen() != null) {
      fields.put(AdapterFormat.FROZEN, recipe.frozen());
    }
    fields.putAll(Notes.members(notes));
    return new Layout(compact ? compact(json) : named(), fields);
  }

  /** Those that are not quantized come first so that they are aligned. */
  private SafetensorsWriter named() {
    SafetensorsWriter tensors = new SafetensorsWriter();
    notQuantized()
        .forEach(
            (tensor, shape) ->
                tensors.floats(tensor, precision.type(), shape, () -> values.get(tensor)));
    addCodes(tensors);
    return tensors;
  }

  private SafetensorsWriter compact(ObjectNode json) {
    SafetensorsWriter tensors = new SafetensorsWriter();
    Map<String, List<Long>> shapes = notQuantized();
    long count = shapes.values().stream().mapToLong(AdapterWriter::elements).sum();
    if (count > 0) {
      tensors.floatParts(
          AdapterFormat.NUMBERS,
          precision.type(),
          List.of(count),
          () -> shapes.keySet().stream().map(values::get).toList());
    }
    addCodes(tensors);
    CompactRecipe compact = CompactRecipe.of(json, shapes);
    if (compact.digests().length > 0) {
      addBytes(AdapterFormat.DIGESTS, compact.digests(), tensors);
    }
    addBytes(AdapterFormat.RECIPE, compact.deflated(), tensors);
    return tensors;
  }

  private static long elements(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  private static void addBytes(String name, byte[] bytes, SafetensorsWriter tensors) {
    tensors.bytes(name, bytes.length, () -> List.of(bytes));
  }

  private Map<String, List<Long>> notQuantized() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>(recipe.shapes());
    shapes.keySet().removeAll(quantized.keySet());
    return shapes;
  }

  private void addCodes(SafetensorsWriter tensors) {
    if (!quantized.isEmpty()) {
      long bytes = quantized.values().stream().mapToLong(QuantizedVector::bytes).sum();
      tensors.bytes(
          PackedVector.TENSOR,
          bytes,
          () -> quantized.values().stream().map(QuantizedVector::packed).toList());
    }
  }
}
