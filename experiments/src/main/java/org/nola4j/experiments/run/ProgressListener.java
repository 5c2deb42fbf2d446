// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.util.List;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Step;

/** Receives the progress of a run. */
public interface ProgressListener {
  /**
   * A run starts or resumes.
   *
   * @param id the run
   * @param epochsDone epochs done before, when resuming
   * @param batchesDone steps of the next epoch done before
   * @param epochs total number of epochs
   * @param batchesPerEpoch training steps in an epoch
   * @param step what a training step is
   */
  default void started(
      RunId id, int epochsDone, int batchesDone, int epochs, int batchesPerEpoch, Step step) {}

  /** A training step is done. */
  default void batchDone(double loss) {}

  /** The network is about to be measured. */
  default void measuring() {}

  /** An epoch and its evaluation are done. */
  default void epochDone(EpochResult epoch) {}

  /** The run is done and its result stored. */
  default void finished(ExperimentResult result) {}

  /** The run ended, with or without a result; the screen can be cleared. */
  default void closed() {}

  /** A listener that notifies several listeners in order. */
  static ProgressListener all(List<ProgressListener> listeners) {
    List<ProgressListener> each = List.copyOf(listeners);
    return new ProgressListener() {
      @Override
      public void started(
          RunId id, int epochsDone, int batchesDone, int epochs, int batchesPerEpoch, Step step) {
        each.forEach(
            one -> one.started(id, epochsDone, batchesDone, epochs, batchesPerEpoch, step));
      }

      @Override
      public void batchDone(double loss) {
        each.forEach(one -> one.batchDone(loss));
      }

      @Override
      public void measuring() {
        each.forEach(ProgressListener::measuring);
      }

      @Override
      public void epochDone(EpochResult epoch) {
        each.forEach(one -> one.epochDone(epoch));
      }

      @Override
      public void finished(ExperimentResult result) {
        each.forEach(one -> one.finished(result));
      }

      @Override
      public void closed() {
        each.forEach(ProgressListener::closed);
      }
    };
  }
}
