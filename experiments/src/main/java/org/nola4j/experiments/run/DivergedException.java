// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.RunId;

/** Thrown when a run's loss is no longer finite; other runs can continue. */
public final class DivergedException extends UserException {
  private static final long serialVersionUID = 1L;

  DivergedException(RunId id, int epoch, double loss) {
    super(
        "%s diverged in epoch %d: the training loss is %s; try a smaller training.learningRate"
            .formatted(id, epoch, loss));
  }
}
