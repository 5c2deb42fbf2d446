// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.experiments.results.DatasetSummary;

/** What a network is trained and measured on. */
public interface TrainingData extends AutoCloseable {
  /** Takes the batches of an epoch one by one. */
  @FunctionalInterface
  interface Step {
    /** Trains on a batch, whose arrays may be used again afterwards. */
    void on(DataSet batch) throws IOException;
  }

  /** What was found. */
  DatasetSummary summary();

  /** The shape of the examples. */
  ExampleShape shape();

  /** Batches in an epoch. */
  int batchesPerEpoch();

  /**
   * Serves an epoch, or the rest of it; order and augmentation depend on the seed, the epoch and
   * the batch only.
   *
   * @param epoch the epoch, from 1
   * @param fromBatch the first batch to serve, from 0
   * @param step takes each batch
   */
  void epoch(int epoch, int fromBatch, Step step) throws IOException;

  /** The whole training set in its own order, without augmentation. */
  DataSetIterator trainingSet();

  /** The whole test set. */
  DataSetIterator testSet();

  /** Frees what the data holds. */
  @Override
  default void close() {}
}
