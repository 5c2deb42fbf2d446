// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The trained network, measured once more over both whole sets.
 *
 * @param trainLoss mean loss over the training set
 * @param trainAccuracy share of the training set that is right, 0 to 1
 * @param testAccuracy share of the test set that is right, 0 to 1
 * @param quantized the same network with coefficients of fewer bits, where that was asked for
 * @param nearestNeighbors its features without its last layer, where that was asked for; {@code
 *     null} elsewhere
 */
public record FinalMetrics(
    double trainLoss,
    double trainAccuracy,
    double testAccuracy,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<QuantizedMetrics> quantized,
    @JsonInclude(JsonInclude.Include.NON_NULL) NearestNeighborMetrics nearestNeighbors) {

  /** Copies the list; results without it have none. */
  public FinalMetrics {
    quantized = quantized == null ? List.of() : List.copyOf(quantized);
  }
}
