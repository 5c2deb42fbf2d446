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
 * {@link #trainEpoch}, {@link #testAccuracy} and sometimes {@link #writeState}; then {@link
 * #evaluate} and {@link #writeAdapter}; {@link #close} last. All on one thread.
 *
 * <p>The contract behind resuming: the state after an epoch decides everything that follows, so the
 * order of the examples in an epoch depends on the configuration and the epoch's number only, never
 * on a generator that has run since the first epoch.
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
   * Trains one epoch.
   *
   * @param epoch the epoch, from 1
   * @param listener told after every step
   */
  void trainEpoch(int epoch, BatchListener listener);

  /** The share of the test set that is right, 0 to 1. */
  double testAccuracy();

  /** Measures the network over the whole training and test sets. */
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
