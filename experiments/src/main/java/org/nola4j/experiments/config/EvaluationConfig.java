package org.nola4j.experiments.config;

import java.util.HashSet;
import java.util.List;

/**
 * What is measured of a trained network beside its losses and accuracies.
 *
 * @param coefficientBits bits that its coefficients are quantised to, one after the other, for
 *     further test accuracies: 2 to 8, or 16 for numbers in half precision
 */
public record EvaluationConfig(List<Integer> coefficientBits) {
  /** Half precision, which is no quantisation but the paper's table 4 begins with it. */
  public static final int HALF_PRECISION = 16;

  /** Checks the ranges. */
  public EvaluationConfig {
    Require.present("coefficientBits", coefficientBits);
    coefficientBits = List.copyOf(coefficientBits);
    if (new HashSet<>(coefficientBits).size() < coefficientBits.size()) {
      throw new IllegalArgumentException(
          "coefficientBits must have each number once, was " + coefficientBits);
    }
    for (int bits : coefficientBits) {
      if (bits != HALF_PRECISION) {
        Require.bits("coefficientBits", bits);
      }
    }
  }
}
