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
 * <p>Order of calls: first, {@link #readState} at most once; then {@link #trainEpoch} and {@link
 * #testAccuracy} for each remaining epoch, with {@link #writeState} after some of them and after
 * some steps; then {@link #evaluate} and {@link #writeAdapter}; finally {@link #close}. All calls
 * are on one thread.
 *
 * <p>For resuming, the state after a step must determine everything that follows. So the input of a
 * step depends only on the configuration, the epoch number, and the step number, never on a
 * generator that has run since the first epoch.
 */
public interface Run extends AutoCloseable {
  /** The data of the run. */
  DatasetSummary dataset();

  /** The network's parameter counts, equal to the plan's. */
  ParameterCounts parameters();

  /** Training steps in an epoch. */
  int batchesPerEpoch();

  /** What a training step is. */
  default Step step() {
    return Step.BATCH;
  }

  /** The backend and kernel of the run. */
  Engine engine();

  /**
   * Trains one epoch or the rest of it.
   *
   * @param epoch the epoch, from 1
   * @param fromBatch the first step to train, from 0; earlier steps are already in the state
   * @param listener called after every step
   * @throws IOException if thrown by the listener
   */
  void trainEpoch(int epoch, int fromBatch, BatchListener listener) throws IOException;

  /** The test accuracy, 0 to 1. */
  double testAccuracy();

  /** The mean loss over what {@link #testAccuracy} is measured on; {@code null} if unknown. */
  default Double testLoss() {
    return null;
  }

  /**
   * Measures the network over the complete training and test sets; only loss and accuracies if it
   * diverged.
   */
  FinalMetrics evaluate();

  /** Writes the exact trained numbers and updater state. */
  void writeState(OutputStream out) throws IOException;

  /**
   * Restores the state written by {@link #writeState}.
   *
   * @throws IOException if it cannot be read or belongs to another network
   */
  void readState(InputStream in) throws IOException;

  /** Writes the file with everything that was trained, replacing an older one. */
  void writeAdapter(Path file) throws IOException;

  /**
   * Writes the texts that {@link #evaluate} has made the network write and those by people, as
   * {@code nola score} reads them; nothing if there are none.
   */
  default void writeTexts(Path hypotheses, Path references) throws IOException {}

  /** Frees the resources. */
  @Override
  default void close() {}
}
