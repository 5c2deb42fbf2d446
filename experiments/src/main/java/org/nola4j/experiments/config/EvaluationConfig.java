// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashSet;
import java.util.List;

/**
 * What is measured beyond, or instead of, losses and accuracies.
 *
 * @param coefficientBits numbers of bits that the coefficients are quantized to, one after the
 *     other, to measure further test accuracies: 2 to 8, or 16 for half precision; none if absent
 * @param everyEpoch whether the test accuracy is measured after every epoch rather than only after
 *     the last one, which helps if the test set is much larger than the training set; true if
 *     absent
 * @param nearestNeighbors whether the accuracy of nearest-neighbor classification by the trained
 *     network's features is measured too; false if absent
 * @param texts for how many different inputs of the test set, the first ones, a language model
 *     writes texts to be scored; for all if absent
 * @param mmlu the questions of MMLU that a language model is asked; none if absent
 */
public record EvaluationConfig(
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Integer> coefficientBits,
    @JsonInclude(JsonInclude.Include.NON_NULL) Boolean everyEpoch,
    @JsonInclude(JsonInclude.Include.NON_NULL) Boolean nearestNeighbors,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer texts,
    @JsonInclude(JsonInclude.Include.NON_NULL) Questions mmlu) {
  /** What is measured by default. */
  public static final EvaluationConfig DEFAULT = new EvaluationConfig(null, null, null, null, null);

  /** Half precision, which is not quantization, but the first column of the paper's table 4. */
  public static final int HALF_PRECISION = 16;

  /**
   * Questions of MMLU's test set.
   *
   * @param shots examples with their answers before each, 0 to 5
   * @param questions of each subject, the first ones; all if absent
   */
  public record Questions(int shots, @JsonInclude(JsonInclude.Include.NON_NULL) Integer questions) {
    private static final int MOST_SHOTS = 5;

    /** Checks the ranges. */
    public Questions {
      ConfigChecks.atLeast("shots", 0, shots);
      if (shots > MOST_SHOTS) {
        throw new IllegalArgumentException(
            "shots must be at most %d, was %d".formatted(MOST_SHOTS, shots));
      }
      ConfigChecks.atLeast("questions", 1, questions);
    }
  }

  /** Checks the ranges. */
  public EvaluationConfig {
    coefficientBits = coefficientBits == null ? List.of() : List.copyOf(coefficientBits);
    if (new HashSet<>(coefficientBits).size() < coefficientBits.size()) {
      throw new IllegalArgumentException(
          "coefficientBits must not have duplicates, was " + coefficientBits);
    }
    for (int bits : coefficientBits) {
      if (bits != HALF_PRECISION) {
        ConfigChecks.bits("coefficientBits", bits);
      }
    }
    ConfigChecks.atLeast("texts", 0, texts);
  }

  /** Whether the test accuracy is measured after every epoch. */
  public boolean measuresEveryEpoch() {
    return everyEpoch == null || everyEpoch;
  }

  /** Whether the nearest-neighbor accuracy is measured. */
  public boolean measuresNearestNeighbors() {
    return nearestNeighbors != null && nearestNeighbors;
  }
}
