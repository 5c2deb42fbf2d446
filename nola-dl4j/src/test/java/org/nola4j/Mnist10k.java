// SPDX-License-Identifier: Apache-2.0
package org.nola4j;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** The part of MNIST that the datasets module, which this one does not depend on, comes with. */
final class Mnist10k {
  private static final Path FOLDER =
      Path.of("../datasets/src/main/resources/org/nola4j/datasets/mnist-10k");
  private static final int PIXELS = 28 * 28;
  private static final int CLASSES = 10;
  private static final int BATCH = 100;

  private Mnist10k() {}

  /** Batches of 10,000 images with pixels from 0 to 1. */
  static DataSetIterator train() throws IOException {
    return batches("train", 10_000, false);
  }

  /** Batches of 2,000 others. */
  static DataSetIterator test() throws IOException {
    return batches("test", 2_000, false);
  }

  /** Those of {@link #train}, upside down. */
  static DataSetIterator turnedTrain() throws IOException {
    return batches("train", 10_000, true);
  }

  /** Those of {@link #test}, upside down. */
  static DataSetIterator turnedTest() throws IOException {
    return batches("test", 2_000, true);
  }

  private static DataSetIterator batches(String split, int images, boolean turned)
      throws IOException {
    byte[] pixels = read(split + "-images.gz", 16, images * PIXELS);
    byte[] labels = read(split + "-labels.gz", 8, images);
    float[] features = new float[images * PIXELS];
    for (int i = 0; i < features.length; i++) {
      int turnedPixel = i - i % PIXELS + PIXELS - 1 - i % PIXELS;
      features[i] = (pixels[turned ? turnedPixel : i] & 0xFF) / 255f;
    }
    float[] oneHot = new float[images * CLASSES];
    for (int i = 0; i < images; i++) {
      oneHot[i * CLASSES + labels[i]] = 1;
    }
    List<DataSet> examples =
        new DataSet(Nd4j.create(features, images, PIXELS), Nd4j.create(oneHot, images, CLASSES))
            .asList();
    return new ListDataSetIterator<>(examples, BATCH);
  }

  private static byte[] read(String name, int header, int bytes) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(FOLDER.resolve(name))))) {
      in.readNBytes(header);
      byte[] contents = new byte[bytes];
      in.readFully(contents);
      return contents;
    }
  }
}
