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
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.models.ResNet20;
import org.nola4j.models.VisionTransformer;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;

/** The guide's examples of models are these, line by line, and they run. */
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
  void residualNetworkWithAPlan() {
    // Example begins
    Nola nola = Nola.on(FrozenWeight.seeded(), 8, 250, 250);
    ComputationGraph resNet =
        ResNet20.builder()
            .plan(ReparameterizationPlan.all(nola).with("classifier", new Dense()).withScaledRate())
            .updater(new Adam(0.003))
            .build()
            .init();
    // Example ends
    assertEquals(19 * 500 + 64 * 10, ParameterCount.of(resNet).coefficients());
  }

  @Test
  void areInTheGuide() throws IOException {
    String test = "src/test/java/org/nola4j/models/checkpoint/DocumentedExampleTest.java";
    String[] parts = Files.readString(Path.of(test)).split(" {4}// Example (begins|ends)\n", -1);
    String guide = Files.readString(Path.of("../docs/networks.md"));
    assertEquals(5, parts.length);
    for (int i = 1; i < parts.length; i += 2) {
      String example = parts[i].replaceAll("(?m)^ {4}", "");
      assertTrue(guide.contains(example), example);
    }
  }
}
