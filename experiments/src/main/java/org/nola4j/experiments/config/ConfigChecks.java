// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import java.util.Locale;
import java.util.regex.Pattern;
import org.nola4j.quantization.Quantizer;

/** Checks for configuration records; messages name the field, its range, and its value. */
final class ConfigChecks {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private ConfigChecks() {}

  static <T> T present(String field, T value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
    return value;
  }

  static void atLeast(String field, long least, Number value) {
    if (value != null && value.longValue() < least) {
      throw new IllegalArgumentException(field + " must be at least " + least + ", was " + value);
    }
  }

  /** In lower case. */
  static String sha256(String field, String value) {
    String digits = value == null ? null : value.toLowerCase(Locale.ROOT);
    if (digits != null && !SHA_256.matcher(digits).matches()) {
      throw new IllegalArgumentException(field + " must be 64 hexadecimal digits, was " + value);
    }
    return digits;
  }

  static void bits(String field, Integer value) {
    if (value != null && (value < Quantizer.FEWEST_BITS || value > Quantizer.MOST_BITS)) {
      throw new IllegalArgumentException(
          "%s must be %d to %d, was %d"
              .formatted(field, Quantizer.FEWEST_BITS, Quantizer.MOST_BITS, value));
    }
  }

  static void positive(String field, Double value) {
    if (value != null && !(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          field + " must be greater than 0 and finite, was " + value);
    }
  }
}
