// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  @TempDir private Path folder;

  /** More than a chunk, so that parts are put together in order. */
  private static float[] numbers(int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = (i - 7) / 16f; // exact in half precision while small
    }
    return numbers;
  }

  private static SafetensorsWriter writer() {
    return new SafetensorsWriter()
        .floats("f32", TensorType.F32, List.of(20_000L, 2L), () -> numbers(40_000))
        .floats("f16", TensorType.F16, List.of(5L), () -> numbers(5))
        .floats("bf16", TensorType.BF16, List.of(), () -> new float[] {-1.5f})
        .floats("empty", TensorType.F32, List.of(0L, 3L), () -> new float[0])
        .bytes("codes", 3, () -> List.of(new byte[] {1}, new byte[] {2, 3}));
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    Path path = folder.resolve("model.safetensors");
    writer().write(path, METADATA);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(METADATA, file.metadata());
      assertEquals(List.of(20_000L, 2L), file.info("f32").shape());
      assertArrayEquals(numbers(40_000), file.floats("f32"));
      assertEquals(TensorType.F16, file.info("f16").type());
      assertArrayEquals(numbers(5), file.floats("f16"));
      assertArrayEquals(new float[] {-1.5f}, file.floats("bf16"));
      assertEquals(0, file.info("empty").elements());
      byte[] codes = new byte[3];
      file.bytes("codes").get(codes);
      assertArrayEquals(new byte[] {1, 2, 3}, codes);
      assertEquals(0, file.prologue() % 8);
    }
    assertEquals(Files.size(path), writer().size(METADATA));
  }

  @Test
  void streamsTheBytesOfTheFile() throws IOException {
    Path path = folder.resolve("model.safetensors");
    writer().write(path, METADATA);
    ByteArrayOutputStream streamed = new ByteArrayOutputStream();
    writer().stream(
        METADATA,
        bytes -> {
          while (bytes.hasRemaining()) {
            streamed.write(bytes.get());
          }
        });
    assertArrayEquals(Files.readAllBytes(path), streamed.toByteArray());
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
    Path path = Files.writeString(folder.resolve("model.safetensors"), "old");
    SafetensorsWriter beyond =
        writer().floats("W", TensorType.F16, List.of(2L), () -> new float[] {1, 1e6f});
    String message =
        assertThrows(IllegalArgumentException.class, () -> beyond.write(path, METADATA))
            .getMessage();
    assertEquals("tensor \"W\" has 1000000.0, but F16 ends at 65504.0: write it as F32", message);
    SafetensorsWriter tooFew =
        writer().floats("W", TensorType.F32, List.of(2L), () -> new float[] {1});
    message =
        assertThrows(IllegalArgumentException.class, () -> tooFew.write(path, METADATA))
            .getMessage();
    assertEquals("tensor \"W\" has 2 elements by its shape, but 1 were given", message);
    assertEquals("old", Files.readString(path));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(path), files.toList());
    }
  }

  @Test
  void refusesDuplicatesAndOtherTypes() {
    SafetensorsWriter writer = writer();
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> writer.bytes("f32", 0, List::of))
            .getMessage()
            .contains("\"f32\" already"));
    assertThrows(
        IllegalArgumentException.class,
        () -> writer.floats("i", TensorType.I32, List.of(), () -> new float[1]));
  }
}
