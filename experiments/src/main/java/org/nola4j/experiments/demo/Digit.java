// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.demo;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.experiments.network.Network;

/**
 * An image of a digit and a network's prediction.
 *
 * @param image the image, dark on white
 * @param label the correct digit
 * @param predicted the network's prediction
 */
record Digit(BufferedImage image, int label, int predicted) {
  private static final int COUNT = 14;
  private static final int SIZE = 28;

  /** The first images of a set. */
  static List<Digit> first(Network network, DataSetIterator images) {
    DataSet batch = images.next();
    INDArray labels = batch.getLabels().argMax(1);
    INDArray predicted = network.output(batch.getFeatures()).argMax(1);
    List<Digit> digits = new ArrayList<>();
    for (int i = 0; i < Math.min(COUNT, batch.numExamples()); i++) {
      float[] pixels = batch.getFeatures().getRow(i).toFloatVector();
      digits.add(new Digit(image(pixels), labels.getInt(i), predicted.getInt(i)));
    }
    return digits;
  }

  private static BufferedImage image(float[] pixels) {
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < pixels.length; i++) {
      image.getRaster().setSample(i % SIZE, i / SIZE, 0, 255 - Math.round(255 * pixels[i]));
    }
    return image;
  }
}
