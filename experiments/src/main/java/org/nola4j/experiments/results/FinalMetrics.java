// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Final metrics of the trained network, measured over both complete sets.
 *
 * @param trainLoss mean loss over the training set
 * @param trainAccuracy training accuracy, 0 to 1
 * @param testAccuracy test accuracy, 0 to 1
 * @param quantized the same network with quantized coefficients, if requested
 * @param nearestNeighbors the quality of its features without the last layer, if requested, or
 *     {@code null}
 * @param testLoss mean loss over the test set, of language models; {@code null} for others
 * @param texts scores of the texts that a language model writes for the test set, by the names of
 *     the metrics; empty for others
 * @param mmlu share of MMLU's questions that a language model answers, the mean of the subjects, if
 *     requested, or {@code null}
 */
public record FinalMetrics(
    double trainLoss,
    double trainAccuracy,
    double testAccuracy,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<QuantizedMetrics> quantized,
    @JsonInclude(JsonInclude.Include.NON_NULL) NearestNeighborMetrics nearestNeighbors,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double testLoss,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> texts,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double mmlu) {

  /** Copies the list and the map, which are missing in some results. */
  public FinalMetrics {
    quantized = quantized == null ? List.of() : List.copyOf(quantized);
    texts = texts == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(texts));
  }
}
