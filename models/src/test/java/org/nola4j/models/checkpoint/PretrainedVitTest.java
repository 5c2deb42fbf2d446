// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.models.SharedFiles;

/**
 * Vision transformers that others trained on CIFAR-10, on test images. The counts are ours, of a
 * version whose accuracies on all images were those that the files' readers know: 69.65 % on 10,000
 * and 70.3 % on the first 2,000. The system property {@code nola4j.vit.images} takes another number
 * of images, which is printed with the accuracy and not checked.
 */
@Tag("slow")
class PretrainedVitTest {
  private static final int SIZE = 32;
  private static final int BATCH = 100;
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
    List<Float> deviations = List.of(deviation.split(" ")).stream().map(Float::valueOf).toList();
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file);
        DataInputStream records =
            new DataInputStream(new GZIPInputStream(Files.newInputStream(set), 1 << 16))) {
      ComputationGraph network = checkpoint.model().heads(heads).build().init();
      checkpoint.readInto(network);
      if (OTHER_IMAGES == 0) {
        assertEquals(correct, correct(network, records, images, deviations), 1); // near ties
      } else {
        int found = correct(network, records, OTHER_IMAGES, deviations);
        System.out.printf("%s: %d of %d%n", name, found, OTHER_IMAGES);
      }
    }
  }

  private static int correct(
      ComputationGraph network, DataInputStream records, int images, List<Float> deviations)
      throws IOException {
    int correct = 0;
    for (int done = 0; done < images; done += BATCH) {
      float[] pixels = new float[BATCH * 3 * SIZE * SIZE];
      int[] labels = new int[BATCH];
      for (int i = 0; i < BATCH; i++) {
        labels[i] = records.readUnsignedByte();
        byte[] jpeg = new byte[records.readUnsignedShort()];
        records.readFully(jpeg);
        decode(jpeg, pixels, i, deviations);
      }
      INDArray batch = Nd4j.createFromArray(pixels).reshape('c', BATCH, 3, SIZE, SIZE);
      long[] classes = network.outputSingle(batch).argMax(1).toLongVector();
      for (int i = 0; i < BATCH; i++) {
        correct += classes[i] == labels[i] ? 1 : 0;
      }
    }
    return correct;
  }

  private static void decode(byte[] jpeg, float[] pixels, int index, List<Float> deviations)
      throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(jpeg));
    for (int channel = 0; channel < 3; channel++) {
      for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
          int value = (image.getRGB(x, y) >> (16 - 8 * channel)) & 0xFF;
          pixels[((index * 3 + channel) * SIZE + y) * SIZE + x] =
              (value / 255f - MEAN[channel]) / deviations.get(channel);
        }
      }
    }
  }
}
