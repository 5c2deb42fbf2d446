package org.nola4j.experiments.examples;

import org.nola4j.datasets.BatchIterator;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.DataSource;
import org.nola4j.datasets.ImageDataSets;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.SyntheticDigits;
import org.nola4j.datasets.TrainTest;

/** Images for the examples. */
final class ExampleData {
  private ExampleData() {}

  /** The first images of a set; where it is not to be had, generated ones, others for each name. */
  static TrainTest first(String name, int train, int test) {
    try {
      TrainTest all = ImageDataSets.load(name, DataSource.standard());
      return new TrainTest(all.train().first(train), all.test().first(test));
    } catch (DataSetException e) {
      System.out.println(name + " is not to be had here: generated digits take its place");
      return new SyntheticDigits(name.hashCode(), train, test).generate();
    }
  }

  /** Batches of 50, as DL4J's fit and evaluate take them. */
  static BatchIterator batches(LabeledImages images) {
    return BatchIterator.builder(images).batchSize(50).shuffle(1).build();
  }
}
