// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.io.FileFormatException;

class SafetensorsFileTest {
  @TempDir private Path folder;

  /**
   * A file as other tools write it: with several types, a scalar, an empty tensor, own metadata.
   */
  private static byte[] foreign() {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    tensors.put("f32", tensor(TensorType.F32, List.of(2L), 8, 16));
    tensors.put("steps", tensor(TensorType.I64, List.of(), 0, 8));
    tensors.put("f16", tensor(TensorType.F16, List.of(1L, 3L), 16, 22));
    tensors.put("empty", tensor(TensorType.F32, List.of(0L, 4L), 22, 22));
    tensors.put("bf16", tensor(TensorType.BF16, List.of(2L, 1L), 22, 26));
    byte[] header = new SafetensorsHeader(Map.of("format", "pt"), tensors).encode();
    ByteBuffer file = ByteBuffer.allocate(header.length + 26).order(ByteOrder.LITTLE_ENDIAN);
    file.put(header).putLong(42).putFloat(1.5f).putFloat(-0.1f);
    file.putShort((short) 0x3C00).putShort((short) 0xC000).putShort((short) 1);
    file.putShort((short) 0x3FC0).putShort((short) 0xBF80);
    return file.array();
  }

  private static TensorInfo tensor(TensorType type, List<Long> shape, long begin, long end) {
    return new TensorInfo(type, shape, begin, end);
  }

  @Test
  void readsForeignFiles() throws IOException {
    Path path = Files.write(folder.resolve("model.safetensors"), foreign());
    try (SafetensorsFile mapped = SafetensorsFile.open(path);
        SafetensorsFile inMemory = SafetensorsFile.of(ByteBuffer.wrap(foreign()), "model")) {
      for (SafetensorsFile file : List.of(mapped, inMemory)) {
        assertEquals(Map.of("format", "pt"), file.metadata());
        assertEquals(
            List.of("f32", "steps", "f16", "empty", "bf16"), List.copyOf(file.tensors().keySet()));
        assertEquals(List.of(1L, 3L), file.tensors().get("f16").shape());
        assertEquals(3, file.tensors().get("f16").elements());
        assertArrayEquals(new float[] {1.5f, -0.1f}, file.floats("f32"));
        assertArrayEquals(new float[] {1, -2, 0x1p-24f}, file.floats("f16"));
        assertArrayEquals(new float[] {1.5f, -1}, file.floats("bf16"));
        assertArrayEquals(new float[0], file.floats("empty"));
        assertEquals(42, file.bytes("steps").getLong());
      }
    }
  }

  @Test
  void refusesWhatItCannotGive() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.of(ByteBuffer.wrap(foreign()), "model")) {
      assertMessage(
          "\"steps\" to be of F32, F16 or BF16, but found I64", () -> file.floats("steps"));
      assertMessage("a tensor \"W\", but found only [f32, steps,", () -> file.floats("W"));
    }
  }

  @Test
  void readsParts() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.of(ByteBuffer.wrap(foreign()), "model")) {
      float[] two = new float[2];
      file.read("f16", 1, two);
      assertArrayEquals(new float[] {-2, 0x1p-24f}, two);
      file.read("f16", 3, new float[0]);
      assertThrows(IndexOutOfBoundsException.class, () -> file.read("f16", 2, two));
      assertThrows(IndexOutOfBoundsException.class, () -> file.read("f16", -1, two));
    }
  }

  @Test
  void refusesOtherFiles() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.txt"), "just some notes of mine");
    assertMessage("it is not a safetensors file", () -> SafetensorsFile.open(text).close());
    assertMessage(text.toString(), () -> SafetensorsFile.open(text).close());
    Files.delete(text); // not locked
    assertMessage(
        folder + ": expected a safetensors file, but found a folder; give the file in it",
        () -> SafetensorsFile.open(folder).close());
  }

  /** A tensor of 3 GiB, which no array or buffer holds, and one behind it. */
  @Test
  void tensorsBeyondTwoGibibytesAreReadInParts() throws IOException {
    long large = 3L << 30;
    Path path = withHole(large);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      float[] last = new float[3];
      file.read("large", large / 4 - 3, last);
      assertArrayEquals(new float[] {0, 0, 1}, last);
      assertArrayEquals(new float[] {1}, file.floats("small"));
      assertMessage("\"large\" to have less than 2 GiB", () -> file.floats("large"));
    }
  }

  /** A 256 MiB tensor is mapped: opening the file and reading another tensor copies none of it. */
  @Test
  void largeTensorsAreMapped() throws IOException {
    long large = 256L << 20;
    Path path = withHole(large);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertArrayEquals(new float[] {1}, file.floats("small"));
      ByteBuffer bytes = file.bytes("large");
      assertTrue(bytes.isDirect() && bytes.isReadOnly());
      assertEquals(1f, bytes.getFloat((int) large - 4));
    }
    long allocated = threads.getThreadAllocatedBytes(thread) - before;
    assertTrue(allocated < 1 << 20, () -> allocated + " bytes allocated");
  }

  /** Two tensors, the first of so many bytes and zero but for its last element. */
  private Path withHole(long large) throws IOException {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    tensors.put("large", tensor(TensorType.F32, List.of(large / 4), 0, large));
    tensors.put("small", tensor(TensorType.F32, List.of(1L), large, large + 4));
    byte[] header = new SafetensorsHeader(Map.of(), tensors).encode();
    Path path = folder.resolve("large.safetensors");
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, 1);
      channel.write(ByteBuffer.wrap(header));
      channel.write(one.duplicate(), header.length + large - 4); // the rest is a hole
      channel.write(one.duplicate(), header.length + large);
    }
    return path;
  }

  private interface Action {
    void run() throws IOException;
  }

  private static void assertMessage(String part, Action action) {
    String message = assertThrows(FileFormatException.class, action::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
