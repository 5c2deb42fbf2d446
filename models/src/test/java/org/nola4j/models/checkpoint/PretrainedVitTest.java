// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.models.SharedFiles;

/**
 * Vision transformers that others trained on CIFAR-10, on test images. The counts are ours, of a
 * version whose accuracies on all images were those that the files' readers know: 69.65 % on 10,000
 * and 70.3 % on the first 2,000. The system property {@code nola4j.vit.images} takes another number
 * of images, which is printed with the accuracy and not checked.
 */
@Tag("slow")
class PretrainedVitTest {
  private static final float[] MEAN = {0.4914f, 0.4822f, 0.4465f};
  private static final int OTHER_IMAGES = Integer.getInteger("nola4j.vit.images", 0);

  @ParameterizedTest
  @CsvSource({
    "vit_cifar10_d128_l4_prenorm, 4, 0.2470 0.2435 0.2616, 300, 197",
    "vit_cifar10_d128_l6_postnorm, 8, 0.2023 0.1994 0.2010, 300, 199"
  })
  void knowsCifar10(String name, int heads, String deviation, int images, int correct)
      throws IOException {
    Path file = SharedFiles.find("data/vit-cifar10/" + name + ".safetensors");
    Path set = SharedFiles.find("data/cifar10/test.jpegs.gz");
    float[] deviations = floats(deviation);
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file);
        CifarImages test = new CifarImages(set, MEAN, deviations)) {
      ComputationGraph network = checkpoint.model().heads(heads).build().init();
      checkpoint.readInto(network);
      if (OTHER_IMAGES == 0) {
        assertEquals(correct, test.correct(network::outputSingle, images), 1); // near ties
      } else {
        int found = test.correct(network::outputSingle, OTHER_IMAGES);
        System.out.printf("%s: %d of %d%n", name, found, OTHER_IMAGES);
      }
    }
  }

  private static float[] floats(String text) {
    List<String> numbers = List.of(text.split(" "));
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Float.parseFloat(numbers.get(i));
    }
    return floats;
  }
}
