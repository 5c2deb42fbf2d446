// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The trained network with quantized coefficients, without further training.
 *
 * @param bits bits per coefficient, 2 to 8; 16 where all numbers are in half precision
 * @param testAccuracy test accuracy, 0 to 1
 * @param adapterBytes size of the file with everything that was trained, at this precision
 * @param texts scores of the texts that a language model then writes, as in {@link FinalMetrics};
 *     empty for others
 */
public record QuantizedMetrics(
    int bits,
    double testAccuracy,
    long adapterBytes,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> texts) {

  /** Copies the scores, which are missing in some results. */
  public QuantizedMetrics {
    texts = texts == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(texts));
  }
}
