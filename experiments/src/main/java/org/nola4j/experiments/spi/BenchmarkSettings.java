// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.nola4j.experiments.common.UserException;

/**
 * The settings of a benchmark.
 *
 * @param seconds how long to measure each row after warming up
 * @param options the values of each given option by name
 */
public record BenchmarkSettings(double seconds, Map<String, List<String>> options) {

  /** Copies the options. */
  public BenchmarkSettings {
    options = Map.copyOf(new LinkedHashMap<>(options));
  }

  /** All values of an option; none if it was not given. */
  public List<String> all(String option) {
    return options.getOrDefault(option, List.of());
  }

  /** The value of an option, if it was given. */
  public Optional<String> one(String option) {
    return all(option).stream().findFirst();
  }

  /**
   * The value of an option that must be a positive integer, if it was given.
   *
   * @throws UserException if it is not
   */
  public OptionalInt count(String option) {
    Optional<String> value = one(option);
    return value.isEmpty() ? OptionalInt.empty() : OptionalInt.of(count(option, value.get()));
  }

  /**
   * All values of an option that must be positive integers; none if it was not given.
   *
   * @throws UserException if one is not
   */
  public List<Integer> counts(String option) {
    return all(option).stream().map(value -> count(option, value)).toList();
  }

  private static int count(String option, String value) {
    try {
      int count = Integer.parseInt(value);
      if (count > 0) {
        return count;
      }
    } catch (NumberFormatException e) {
      // The message below says it.
    }
    throw new UserException(
        "%s must be a whole number greater than 0, was %s".formatted(option, value));
  }
}
