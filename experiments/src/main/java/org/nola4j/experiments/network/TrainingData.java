// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.util.Optional;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.experiments.results.DatasetSummary;

/** The data that a network is trained and measured on. */
public interface TrainingData extends AutoCloseable {
  /** Receives the batches of an epoch one by one. */
  @FunctionalInterface
  interface Step {
    /** Trains on a batch, whose arrays may be reused afterwards. */
    void on(DataSet batch) throws IOException;
  }

  /** What was found. */
  DatasetSummary summary();

  /** The shape of the examples. */
  ExampleShape shape();

  /** Batches in an epoch. */
  int batchesPerEpoch();

  /**
   * Serves some of an epoch's batches. Order and augmentation depend only on the seed, the epoch,
   * and the batch.
   *
   * @param epoch the epoch, from 1
   * @param from the first batch to serve, from 0
   * @param to the batch after the last one, at most {@link #batchesPerEpoch}
   * @param step receives each batch
   */
  void steps(int epoch, int from, int to, Step step) throws IOException;

  /** The whole training set in its own order, without augmentation. */
  DataSetIterator trainingSet();

  /** The whole test set. */
  DataSetIterator testSet();

  /** Whether labels are probabilities of classes, rather than token IDs. */
  default boolean hasClasses() {
    return true;
  }

  /** Texts for the network to write; empty for classifiers. */
  default Optional<TextTask> texts() {
    return Optional.empty();
  }

  /** The share of MMLU's questions that a language model answers; empty where none are asked. */
  default Optional<Double> mmlu(Network network) {
    return Optional.empty();
  }

  /** Frees the resources. */
  @Override
  default void close() {}
}
