// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashSet;
import java.util.List;

/**
 * What is measured of a network, beside its losses and accuracies or less than these.
 *
 * @param coefficientBits bits that its coefficients are quantized to, one after the other, for
 *     further test accuracies: 2 to 8, or 16 for numbers in half precision; none if left out
 * @param everyEpoch whether the test accuracy is measured after every epoch or only after the last
 *     one, where the test set is much larger than the training set; true if left out
 * @param nearestNeighbors whether, of the trained network, the accuracy of the nearest neighbor is
 *     measured too, by features; false if left out
 */
public record EvaluationConfig(
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Integer> coefficientBits,
    @JsonInclude(JsonInclude.Include.NON_NULL) Boolean everyEpoch,
    @JsonInclude(JsonInclude.Include.NON_NULL) Boolean nearestNeighbors) {
  /** What is measured unless a configuration says otherwise. */
  public static final EvaluationConfig DEFAULT = new EvaluationConfig(null, null, null);

  /** Half precision, which is no quantization but the paper's table 4 begins with it. */
  public static final int HALF_PRECISION = 16;

  /** Checks the ranges. */
  public EvaluationConfig {
    coefficientBits = coefficientBits == null ? List.of() : List.copyOf(coefficientBits);
    if (new HashSet<>(coefficientBits).size() < coefficientBits.size()) {
      throw new IllegalArgumentException(
          "coefficientBits must have each number once, was " + coefficientBits);
    }
    for (int bits : coefficientBits) {
      if (bits != HALF_PRECISION) {
        ConfigChecks.bits("coefficientBits", bits);
      }
    }
  }

  /** Whether the test accuracy is measured after every epoch. */
  public boolean measuresEveryEpoch() {
    return everyEpoch == null || everyEpoch;
  }

  /** Whether the nearest neighbors' accuracy is measured. */
  public boolean measuresNearestNeighbors() {
    return nearestNeighbors != null && nearestNeighbors;
  }
}
