// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.io.IOException;
import java.util.List;

/** Train copies of a network for parameter averaging. */
public interface Workers extends AutoCloseable {
  /**
   * Trains a copy on each share.
   *
   * @param state where every copy begins
   * @return the copies in the order of the shares
   * @throws org.nola4j.experiments.common.UserException if a worker cannot, naming it and the
   *     remedy
   */
  List<TrainedShare> train(byte[] state, List<Share> shares) throws IOException;

  /** Frees the resources. */
  @Override
  default void close() {}
}
