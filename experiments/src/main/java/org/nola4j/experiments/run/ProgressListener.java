// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.util.List;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.RunId;

/** Is told how a run gets on. */
public interface ProgressListener {
  /**
   * A run begins or continues.
   *
   * @param id which run
   * @param epochsDone epochs done before, when it continues
   * @param batchesDone steps of the epoch after these done before
   * @param epochs epochs in all
   * @param batchesPerEpoch training steps in an epoch
   */
  default void started(
      RunId id, int epochsDone, int batchesDone, int epochs, int batchesPerEpoch) {}

  /** A training step is done. */
  default void batchDone(double loss) {}

  /** The network is about to be measured, on the images of a set or two. */
  default void measuring() {}

  /** An epoch and its evaluation are done. */
  default void epochDone(EpochResult epoch) {}

  /** The run is done and its result stored. */
  default void finished(ExperimentResult result) {}

  /** The run ended, with a result or without; whatever is on the screen can go. */
  default void closed() {}

  /** A listener that tells all of these, in their order. */
  static ProgressListener all(List<ProgressListener> listeners) {
    List<ProgressListener> each = List.copyOf(listeners);
    return new ProgressListener() {
      @Override
      public void started(
          RunId id, int epochsDone, int batchesDone, int epochs, int batchesPerEpoch) {
        each.forEach(one -> one.started(id, epochsDone, batchesDone, epochs, batchesPerEpoch));
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
