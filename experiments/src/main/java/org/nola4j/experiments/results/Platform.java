// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import org.nola4j.experiments.common.Json;

/**
 * What determines the last bits of a training step in addition to configuration and data. A run
 * that changes it halfway has a different result.
 *
 * @param libraryVersion this project's version and Deeplearning4j's
 * @param cpuModel name of the processor
 * @param backend ND4J backend of the network's arrays
 * @param threads threads that compute them
 */
public record Platform(String libraryVersion, String cpuModel, String backend, int threads) {

  /** The differences to another platform, for messages: "threads was 2, now 4". */
  public String differences(Platform now) {
    return ConfigDifference.text(ConfigDifference.between(Json.tree(this), Json.tree(now)));
  }
}
