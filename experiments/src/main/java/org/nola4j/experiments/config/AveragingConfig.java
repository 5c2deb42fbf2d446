// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Parameter averaging: in each round, copies of the network train on batches of their own, and
 * their mean is the network of the next round. Where the copies train, on this machine or on many,
 * does not matter for the result.
 *
 * @param workers the number of copies
 * @param every training steps of each copy in a round
 * @param updater whether the updater's state is averaged too; {@code null} for true. Without, it
 *     starts at zero in every round, which costs accuracy, and with Adam a third of the numbers
 *     travels
 */
public record AveragingConfig(
    int workers, int every, @JsonInclude(JsonInclude.Include.NON_NULL) Boolean updater) {

  /** Checks the ranges. */
  public AveragingConfig {
    ConfigChecks.atLeast("workers", 1, workers);
    ConfigChecks.atLeast("every", 1, every);
  }

  /** Whether the updater's state is averaged. */
  public boolean averagesUpdater() {
    return !Boolean.FALSE.equals(updater);
  }
}
