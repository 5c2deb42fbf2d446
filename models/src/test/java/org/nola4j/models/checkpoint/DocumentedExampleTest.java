// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.models.VisionTransformer;

/** The example of a pretrained vision transformer is this, line by line, and it runs. */
class DocumentedExampleTest {
  @TempDir Path folder;

  @Test
  void pretrainedVisionTransformer() throws IOException {
    Path file = folder.resolve("vit.safetensors");
    ComputationGraph small =
        VisionTransformer.tiny().width(64).heads(1).depth(1).imageSize(32).build().init();
    VitCheckpoint.write(small, file);
    // Example begins
    VitCheckpoint checkpoint = VitCheckpoint.open(file); // vit_base_patch16_224.safetensors
    ComputationGraph vit = checkpoint.model().classes(10).build().init();
    checkpoint.readInto(vit, VitCheckpoint.Head.NEW);
    // Example ends
    assertEquals(small.getParam("embed_pos"), vit.getParam("embed_pos"));
    assertEquals(10, vit.getParam("head_b").length());
  }

  @Test
  void isInTheReadme() throws IOException {
    String test = "src/test/java/org/nola4j/models/checkpoint/DocumentedExampleTest.java";
    String[] parts = Files.readString(Path.of(test)).split(" {4}// Example (begins|ends)\n", -1);
    String example = parts[1].replaceAll("(?m)^ {4}", "");
    assertTrue(Files.readString(Path.of("../docs/networks.md")).contains(example), example);
  }
}
