// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.common.UserException;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.VitCheckpoint;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/** Adapters are the affair of the tests of {@code nola export} and {@code nola quantize}. */
class SafetensorsInspectorTest {
  @TempDir private Path folder;

  @Test
  void visionTransformersAreKnown() throws IOException {
    VisionTransformer model =
        VisionTransformer.tiny().imageSize(8).patchSize(4).width(6).depth(3).classes(2).build();
    Path file = folder.resolve("vit.safetensors");
    VitCheckpoint.write(model.init(), file);
    JsonNode json = new SafetensorsInspector().inspect(file);
    assertEquals(Files.size(file), json.at("/bytes").asLong());
    assertEquals(4 + 3 * 12 + 4, json.at("/tensors").asInt());
    JsonNode vit = json.at("/visionTransformer");
    assertEquals("TIMM", vit.get("naming").asText());
    assertEquals(json.get("numbers"), vit.get("parameters"));
    assertEquals(6, vit.get("width").asInt());
    assertEquals(3, vit.get("blocks").asInt());
    assertEquals(24, vit.get("mlpWidth").asInt());
    assertEquals(2, vit.get("classes").asInt());
    assertEquals(4 + 12 + 4, json.get("groups").size());
    assertEquals(
        "{\"type\":\"F32\",\"shape\":[18,6],\"tensors\":3}",
        json.get("groups").get("blocks.*.attn.qkv.weight").toString());
  }

  @Test
  void othersAreListed() throws IOException {
    Path file = folder.resolve("other.safetensors");
    new SafetensorsWriter()
        .floats("h.0.w", TensorType.F32, List.of(2L, 3L), () -> new float[6])
        .floats("h.1.w", TensorType.F16, List.of(2L, 3L), () -> new float[6])
        .bytes("codes", 4, () -> List.of(new byte[4]))
        .write(file, Map.of("made", "by hand"));
    JsonNode json = new SafetensorsInspector().inspect(file);
    assertEquals(16, json.get("numbers").asInt());
    assertEquals("by hand", json.at("/metadata/made").asText());
    assertFalse(json.has("visionTransformer"));
    assertEquals(
        "{\"h.*.w\":{\"type\":\"F32\",\"shape\":[2,3],\"tensors\":1},"
            + "\"h.1.w\":{\"type\":\"F16\",\"shape\":[2,3],\"tensors\":1},"
            + "\"codes\":{\"type\":\"U8\",\"shape\":[4],\"tensors\":1}}",
        json.get("groups").toString());
  }

  /** By timm's names, but without the positions that a plain one has. */
  @Test
  void transformersOfAnotherKindAreListed() throws IOException {
    Path file = folder.resolve("other-vit.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (String tensor : List.of("patch_embed.proj.weight", "blocks.0.attn.qkv.weight")) {
      writer.floats(tensor, TensorType.F32, List.of(2L, 1L, 1L, 1L), () -> new float[2]);
    }
    writer.write(file, Map.of());
    JsonNode json = new SafetensorsInspector().inspect(file);
    assertFalse(json.has("visionTransformer"));
    assertEquals(2, json.get("groups").size());
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    Path file = Files.write(folder.resolve("damaged.safetensors"), new byte[100]);
    String message =
        assertThrows(UserException.class, () -> new SafetensorsInspector().inspect(file))
            .getMessage();
    assertTrue(message.startsWith(file + ": expected "), message);
  }
}
