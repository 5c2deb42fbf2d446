// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.ParameterCounts;

/**
 * A network in training.
 *
 * <p>Order of calls: {@link #readState} at most once and first; then for each remaining epoch
 * {@link #trainEpoch} and {@link #testAccuracy}, with {@link #writeState} after some of them and
 * after some steps within; then {@link #evaluate} and {@link #writeAdapter}; {@link #close} last.
 * All on one thread.
 *
 * <p>The contract behind resuming: the state after a step decides everything that follows, so what
 * a step sees depends on the configuration, the epoch's number and the step's number in it only,
 * never on a generator that has run since the first epoch.
 */
public interface Run extends AutoCloseable {
  /** The data that was found. */
  DatasetSummary dataset();

  /** The network's counts, equal to the plan's. */
  ParameterCounts parameters();

  /** Training steps in an epoch. */
  int batchesPerEpoch();

  /** What the run computes with. */
  Engine engine();

  /**
   * Trains one epoch, or the rest of it.
   *
   * @param epoch the epoch, from 1
   * @param fromBatch the first step to train, from 0; those before it are in the state already
   * @param listener told after every step
   * @throws IOException if the listener threw it
   */
  void trainEpoch(int epoch, int fromBatch, BatchListener listener) throws IOException;

  /** The share of the test set that is right, 0 to 1. */
  double testAccuracy();

  /**
   * Measures the network over the whole training and test sets; of one that diverged no more than
   * loss and accuracies.
   */
  FinalMetrics evaluate();

  /** Writes trained numbers and the updater's state, bit by bit as they are. */
  void writeState(OutputStream out) throws IOException;

  /**
   * Continues from what {@link #writeState} wrote.
   *
   * @throws IOException if it cannot be read or is of another network
   */
  void readState(InputStream in) throws IOException;

  /** Writes the file with everything that was trained, replacing an older one. */
  void writeAdapter(Path file) throws IOException;

  /** Frees what the run holds. */
  @Override
  default void close() {}
}
