// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import org.nola4j.experiments.common.Json;

/**
 * What decides the last bits of a training step beside configuration and data: a run that changes
 * it on the way gives a result of its own.
 *
 * @param libraryVersion this project's version and Deeplearning4j's
 * @param cpuModel the processor's name
 * @param backend what computes the network's arrays
 * @param threads threads that compute them
 */
public record Platform(String libraryVersion, String cpuModel, String backend, int threads) {

  /** What another platform has otherwise, for messages: "threads was 2, now 4". */
  public String differences(Platform now) {
    return ConfigDifference.text(ConfigDifference.between(Json.tree(this), Json.tree(now)));
  }
}
