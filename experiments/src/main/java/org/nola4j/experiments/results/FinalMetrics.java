// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Final metrics of the trained network, measured over both complete sets.
 *
 * @param trainLoss mean loss over the training set
 * @param trainAccuracy training accuracy, 0 to 1
 * @param testAccuracy test accuracy, 0 to 1
 * @param quantized the same network with quantized coefficients, if requested
 * @param nearestNeighbors the quality of its features without the last layer, if requested, or
 *     {@code null}
 */
public record FinalMetrics(
    double trainLoss,
    double trainAccuracy,
    double testAccuracy,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<QuantizedMetrics> quantized,
    @JsonInclude(JsonInclude.Include.NON_NULL) NearestNeighborMetrics nearestNeighbors) {

  /** Copies the list, which is missing in some results. */
  public FinalMetrics {
    quantized = quantized == null ? List.of() : List.copyOf(quantized);
  }
}
