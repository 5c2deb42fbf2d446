// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.TensorInfo;
import org.nola4j.safetensors.TensorType;

/**
 * The recipe and tensors of a file in either layout.
 *
 * @param infos by the names that the recipe uses; of a compact file, bytes are counted from the
 *     beginning of {@link AdapterFormat#NUMBERS}
 */
record AdapterTensors(
    SafetensorsFile file, boolean compact, ObjectNode recipe, Map<String, TensorInfo> infos) {
  private static final Set<String> KNOWN =
      new TreeSet<>(
          Set.of(
              AdapterFormat.RECIPE,
              AdapterFormat.NUMBERS,
              AdapterFormat.DIGESTS,
              PackedVector.TENSOR));

  /** Of versions 1 and 2. */
  static AdapterTensors named(SafetensorsFile file) {
    String json = file.metadata().get(AdapterFormat.RECIPE);
    ObjectNode recipe = StrictJson.parse(json, file.name(), "the recipe");
    return new AdapterTensors(file, false, recipe, file.tensors());
  }

  /**
   * Of version 3.
   *
   * @throws FileFormatException if other tensors are there than this layout has
   */
  static AdapterTensors compact(SafetensorsFile file) throws IOException {
    Set<String> surplus = new TreeSet<>(file.tensors().keySet());
    surplus.removeAll(KNOWN);
    if (!surplus.isEmpty() || !file.tensors().containsKey(AdapterFormat.RECIPE)) {
      throw new FileFormatException(
          file.name(),
          "a tensor \"%s\", and no others than %s".formatted(AdapterFormat.RECIPE, KNOWN),
          file.tensors().keySet().toString(),
          Remedy.COPY);
    }
    CompactRecipe recipe =
        CompactRecipe.inflate(
            bytes(AdapterFormat.RECIPE, file), bytes(AdapterFormat.DIGESTS, file), file.name());
    Map<String, TensorInfo> infos = vectors(recipe.shapes(), file);
    TensorInfo codes = file.tensors().get(PackedVector.TENSOR);
    if (codes != null) {
      infos.put(PackedVector.TENSOR, codes);
    }
    String frozen = file.metadata().get(AdapterFormat.FROZEN);
    return new AdapterTensors(file, true, recipe.whole(frozen, file.name()), infos);
  }

  /** The bytes of a tensor; none if there is none. */
  private static byte[] bytes(String tensor, SafetensorsFile file) throws IOException {
    TensorInfo info = file.tensors().get(tensor);
    if (info == null) {
      return new byte[0];
    }
    if (info.type() != TensorType.U8) {
      throw new FileFormatException(
          file.name(), "tensor \"" + tensor + "\" of U8", info.type().name(), Remedy.COPY);
    }
    ByteBuffer buffer = file.bytes(tensor);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** The vectors within the one tensor of numbers, which they fill. */
  private static Map<String, TensorInfo> vectors(
      Map<String, List<Long>> shapes, SafetensorsFile file) {
    TensorInfo numbers = file.tensors().get(AdapterFormat.NUMBERS);
    TensorType type = numbers == null ? TensorType.F32 : numbers.type();
    long found = numbers == null ? 0 : numbers.bytes();
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    long end = 0;
    for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
      long begin = end;
      end += bytes(tensor.getValue(), type, found - begin, file.name());
      infos.put(tensor.getKey(), new TensorInfo(type, tensor.getValue(), begin, end));
    }
    if (end != found) {
      throw new FileFormatException(
          file.name(),
          "%d bytes in tensor \"%s\", which the recipe's tensors fill"
              .formatted(end, AdapterFormat.NUMBERS),
          String.valueOf(found),
          Remedy.COPY);
    }
    return infos;
  }

  private static long bytes(List<Long> shape, TensorType type, long most, String file) {
    long bytes = type.bytes();
    for (long size : shape) {
      if (size != 0 && bytes > most / size) {
        throw new FileFormatException(
            file,
            "at most %d bytes for a tensor in \"%s\"".formatted(most, AdapterFormat.NUMBERS),
            type + " " + shape,
            Remedy.COPY);
      }
      bytes *= size;
    }
    return bytes;
  }

  float[] floats(String tensor) throws IOException {
    if (!compact) {
      return file.floats(tensor);
    }
    TensorInfo info = infos.get(tensor);
    if (info.bytes() > Integer.MAX_VALUE) {
      throw new FileFormatException(
          file.name(),
          "tensor \"" + tensor + "\" to have less than 2 GiB",
          info.bytes() + " bytes",
          "split the tensor");
    }
    float[] numbers = new float[(int) info.elements()];
    file.read(AdapterFormat.NUMBERS, info.begin() / info.type().bytes(), numbers);
    return numbers;
  }

  /** The codes of all quantized vectors. */
  ByteBuffer codes() throws IOException {
    return file.bytes(PackedVector.TENSOR);
  }
}
