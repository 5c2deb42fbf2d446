// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Test images of CIFAR-10, stored as JPEG, and how many of them a network knows. */
final class CifarImages implements Closeable {
  private static final int SIZE = 32;
  private static final int BATCH = 100;

  private final DataInputStream records;
  private final float[] mean;
  private final float[] deviation;

  CifarImages(Path set, float[] mean, float[] deviation) throws IOException {
    this.records = new DataInputStream(new GZIPInputStream(Files.newInputStream(set), 1 << 16));
    this.mean = mean;
    this.deviation = deviation;
  }

  /**
   * Of the next images, a multiple of 100.
   *
   * @param network takes [100, 3, 32, 32], gives [100, 10]
   */
  int correct(UnaryOperator<INDArray> network, int images) throws IOException {
    int correct = 0;
    for (int done = 0; done < images; done += BATCH) {
      float[] pixels = new float[BATCH * 3 * SIZE * SIZE];
      int[] labels = new int[BATCH];
      for (int i = 0; i < BATCH; i++) {
        labels[i] = records.readUnsignedByte();
        byte[] jpeg = new byte[records.readUnsignedShort()];
        records.readFully(jpeg);
        decode(jpeg, pixels, i);
      }
      INDArray batch = Nd4j.createFromArray(pixels).reshape('c', BATCH, 3, SIZE, SIZE);
      long[] classes = network.apply(batch).argMax(1).toLongVector();
      for (int i = 0; i < BATCH; i++) {
        correct += classes[i] == labels[i] ? 1 : 0;
      }
    }
    return correct;
  }

  private void decode(byte[] jpeg, float[] pixels, int index) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(jpeg));
    for (int channel = 0; channel < 3; channel++) {
      for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
          int value = (image.getRGB(x, y) >> (16 - 8 * channel)) & 0xFF;
          pixels[((index * 3 + channel) * SIZE + y) * SIZE + x] =
              (value / 255f - mean[channel]) / deviation[channel];
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
