package org.nola4j.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.nola4j.quantization.QuantizedVector;
import org.nola4j.quantization.Quantizer;

/**
 * Lays an adapter out as a file: floats tensor by tensor, then all quantised vectors in one. Every
 * field has its fixed place, so equal adapters give equal bytes.
 */
final class AdapterWriter {
  private final Recipe recipe;
  private final Map<String, float[]> values;
  private final Map<String, QuantizedVector> quantized = new LinkedHashMap<>();
  private final Precision precision;

  /**
   * A writer.
   *
   * @param values by tensor name
   * @param bits of the vectors that are quantised, by tensor name
   */
  AdapterWriter(
      Recipe recipe, Map<String, float[]> values, Map<String, Integer> bits, Precision precision) {
    this.recipe = recipe;
    this.values = values;
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
    SafetensorsHeader header = header(AdapterReader.NO_DIGEST);
    return header.encode().length + header.dataLength();
  }

  void write(Path file) throws IOException {
    List<ByteBuffer> data = new ArrayList<>();
    floats().keySet().forEach(tensor -> data.add(encode(tensor, values.get(tensor))));
    quantized.values().forEach(vector -> data.add(ByteBuffer.wrap(vector.packed())));
    Digest digest = new Digest();
    digest.update(ByteBuffer.wrap(header(AdapterReader.NO_DIGEST).encode()));
    data.forEach(bytes -> digest.update(bytes.duplicate()));
    data.add(0, ByteBuffer.wrap(header(digest.hex()).encode()));
    replace(file.toAbsolutePath(), data);
  }

  private SafetensorsHeader header(String digest) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(AdapterReader.FORMAT, AdapterReader.VERSION);
    metadata.put(AdapterReader.DIGEST, digest);
    metadata.put(AdapterReader.NETWORK, recipe.network());
    metadata.put(AdapterReader.RECIPE, RecipeWriter.write(recipe, quantized));
    Map<String, SafetensorsHeader.Tensor> tensors = new LinkedHashMap<>();
    long begin = 0;
    for (Map.Entry<String, List<Long>> shape : floats().entrySet()) {
      String tensor = shape.getKey();
      long end = begin + (long) values.get(tensor).length * precision.type().bytes();
      tensors.put(
          tensor, new SafetensorsHeader.Tensor(precision.type(), shape.getValue(), begin, end));
      begin = end;
    }
    if (!quantized.isEmpty()) {
      long bytes = quantized.values().stream().mapToLong(QuantizedVector::bytes).sum();
      tensors.put(
          PackedVector.TENSOR,
          new SafetensorsHeader.Tensor(
              SafetensorsFile.Type.U8, List.of(bytes), begin, begin + bytes));
    }
    return new SafetensorsHeader(metadata, tensors);
  }

  /** The tensors that are not quantised, which come first so that they are aligned. */
  private Map<String, List<Long>> floats() {
    Map<String, List<Long>> shapes = recipe.shapes();
    shapes.keySet().removeAll(quantized.keySet());
    return shapes;
  }

  private ByteBuffer encode(String tensor, float[] numbers) {
    int length = Math.multiplyExact(numbers.length, precision.type().bytes());
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    if (precision == Precision.F32) {
      bytes.asFloatBuffer().put(numbers);
      return bytes;
    }
    for (float half : Half.round(tensor, numbers)) {
      bytes.putShort(Half.of(half));
    }
    return bytes.flip();
  }

  /** Writes a file with an absolute path: it is the old one or the whole new one at any moment. */
  static void replace(Path file, List<ByteBuffer> contents) throws IOException {
    Path folder = file.getParent();
    Path temporary = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        for (ByteBuffer bytes : contents) {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        }
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    synchronize(folder);
  }

  /** Brings the rename itself to the disk; only POSIX systems let one open a folder for that. */
  private static void synchronize(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The file is whole and in its place; after a power failure it may be the old one.
      return;
    }
  }
}
