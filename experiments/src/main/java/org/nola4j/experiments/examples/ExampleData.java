// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.examples;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.batch.BatchIterator;
import org.nola4j.datasets.sets.ImageDataSets;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.synthetic.SyntheticDigits;
import org.nola4j.models.text.TokenBatch;

/** Data for the examples. */
final class ExampleData {
  private ExampleData() {}

  /**
   * The first images of a set, or generated ones, different for each name, if the set is not
   * available.
   */
  static ImageSplits<LabeledImages> first(String name, int train, int test) {
    try {
      ImageSplits<LabeledImages> all = ImageDataSets.load(name, DataSource.standard());
      return new ImageSplits<>(all.train().first(train), all.test().first(test));
    } catch (DataSetException e) {
      System.out.println(name + " is not available: using generated digits instead");
      return new SyntheticDigits(name.hashCode(), train, test).generate();
    }
  }

  /** Batches of 50 for DL4J's fit and evaluate. */
  static BatchIterator batches(LabeledImages images) {
    return BatchIterator.builder(images).batchSize(50).shuffle(1).build();
  }

  /** The images shifted down by some rows, wrapping around. */
  static LabeledImages lowered(LabeledImages images, int rows) {
    int size = images.info().height() * images.info().width();
    int shift = rows * images.info().width();
    byte[] pixels = new byte[images.size() * size];
    for (int i = 0; i < images.size(); i++) {
      byte[] image = images.pixels(i);
      System.arraycopy(image, 0, pixels, i * size + shift, size - shift);
      System.arraycopy(image, size - shift, pixels, i * size, shift);
    }
    return LabeledImages.of(images.info(), pixels, images.labels());
  }

  /** Texts of one category and the other in turn. */
  static DataSet inTurn(TokenBatch batch) {
    INDArray labels = Nd4j.zeros(batch.texts().size(), 2);
    batch.texts().forEach(text -> labels.putScalar(text, text % 2, 1));
    return new DataSet(batch.ids(), labels, batch.mask(), null);
  }
}
