// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Mean and sample standard deviation.
 *
 * @param mean the mean
 * @param deviation the standard deviation with n - 1; {@code null} for one value
 */
public record MeanAndDeviation(double mean, Double deviation) {

  /** Computes both for a value of each item; there must be at least one. */
  public static <T> MeanAndDeviation of(List<T> items, ToDoubleFunction<T> value) {
    double[] values = items.stream().mapToDouble(value).toArray();
    double sum = 0;
    for (double each : values) {
      sum += each;
    }
    double mean = sum / values.length;
    double squares = 0;
    for (double each : values) {
      squares += (each - mean) * (each - mean);
    }
    return new MeanAndDeviation(
        mean, values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null);
  }

  /** The mean, with the standard deviation if there are several values. */
  public String text(int decimals) {
    String number = "%,." + decimals + "f";
    return deviation == null
        ? String.format(Locale.ROOT, number, mean)
        : String.format(Locale.ROOT, number + " ± " + number, mean, deviation);
  }
}
