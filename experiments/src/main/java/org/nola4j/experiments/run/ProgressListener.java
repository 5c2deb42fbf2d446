package org.nola4j.experiments.run;

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
}
