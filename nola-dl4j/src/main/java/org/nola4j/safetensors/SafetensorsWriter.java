// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nola4j.internal.io.AtomicFile;

/**
 * Writes {@code .safetensors} files: tensors in the order in which they were added, data from a
 * multiple of 8 bytes on. Equal tensors and metadata give equal bytes.
 *
 * <p>Each tensor's numbers are requested just before they are written, every time the file is
 * written or streamed; memory holds one tensor at a time.
 */
public final class SafetensorsWriter {
  private static final int CHUNK_BYTES = 1 << 16;

  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final List<AtomicFile.Contents> data = new ArrayList<>();
  private long end;

  /**
   * Adds a tensor of floats.
   *
   * @param type F32, F16 or BF16; the last two round to nearest, ties to even
   * @param shape sizes; empty for a single number
   * @param numbers gives the elements, row-major
   * @throws IllegalArgumentException if the name is taken, or the type is not one of these; when
   *     the file is written, if a number is beyond the range of F16 or BF16
   */
  public SafetensorsWriter floats(
      String name, TensorType type, List<Long> shape, Supplier<float[]> numbers) {
    return floatParts(name, type, shape, () -> List.of(numbers.get()));
  }

  /** As {@link #floats}, of elements in several arrays, one after another. */
  public SafetensorsWriter floatParts(
      String name, TensorType type, List<Long> shape, Supplier<List<float[]>> numbers) {
    if (!type.isFloat()) {
      throw new IllegalArgumentException("floats are written as F32, F16 or BF16, not " + type);
    }
    long elements = add(name, type, shape);
    data.add(
        sink -> {
          List<float[]> parts = numbers.get();
          checkLength(name, elements, parts.stream().mapToLong(part -> part.length).sum());
          for (float[] part : parts) {
            write(name, type, part, sink);
          }
        });
    return this;
  }

  /**
   * Adds a vector of bytes, a tensor of type U8.
   *
   * @param length bytes
   * @param bytes gives them
   * @throws IllegalArgumentException if the name is taken
   */
  public SafetensorsWriter bytes(String name, long length, Supplier<List<byte[]>> bytes) {
    add(name, TensorType.U8, List.of(length));
    data.add(
        sink -> {
          List<byte[]> parts = bytes.get();
          checkLength(name, length, parts.stream().mapToLong(part -> part.length).sum());
          for (byte[] part : parts) {
            sink.write(ByteBuffer.wrap(part));
          }
        });
    return this;
  }

  private long add(String name, TensorType type, List<Long> shape) {
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    TensorInfo info = new TensorInfo(type, shape, end, end + elements * type.bytes());
    if (tensors.putIfAbsent(name, info) != null) {
      throw new IllegalArgumentException("there is a tensor \"" + name + "\" already");
    }
    end = info.end();
    return elements;
  }

  private static void checkLength(String name, long expected, long found) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "tensor \"%s\" has %d elements by its shape, but %d were given"
              .formatted(name, expected, found));
    }
  }

  private static void write(String name, TensorType type, float[] values, AtomicFile.Sink sink)
      throws IOException {
    ByteBuffer chunk = TensorType.allocate(CHUNK_BYTES);
    int step = CHUNK_BYTES / type.bytes();
    for (int begin = 0; begin < values.length; begin += step) {
      type.encode(name, values, begin, Math.min(values.length, begin + step), chunk.clear());
      sink.write(chunk.flip());
    }
  }

  /** The size in bytes of a file with this metadata. */
  public long size(Map<String, String> metadata) {
    return header(metadata).length + end;
  }

  /** Streams a file's bytes part by part. */
  public void stream(Map<String, String> metadata, AtomicFile.Sink sink) throws IOException {
    sink.write(ByteBuffer.wrap(header(metadata)));
    for (AtomicFile.Contents contents : data) {
      contents.writeTo(sink);
    }
  }

  /** Writes a file atomically, as {@link AtomicFile} does. */
  public void write(Path file, Map<String, String> metadata) throws IOException {
    AtomicFile.write(file, sink -> stream(metadata, sink));
  }

  private byte[] header(Map<String, String> metadata) {
    return new SafetensorsHeader(metadata, tensors).encode();
  }
}
