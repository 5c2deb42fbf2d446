// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.io.IOException;

/** Called after every training step. */
@FunctionalInterface
public interface BatchListener {
  /**
   * A step is done; the run's state can be written now.
   *
   * @param examples examples in the batch
   * @param loss mean loss before the step
   * @throws IOException if a checkpoint cannot be written
   */
  void batchDone(int examples, double loss) throws IOException;
}
