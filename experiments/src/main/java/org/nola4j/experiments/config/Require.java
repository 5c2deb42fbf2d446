package org.nola4j.experiments.config;

/** Checks of the configuration records; each message names the field, its range and its value. */
final class Require {
  private Require() {}

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

  static void positive(String field, Double value) {
    if (value != null && !(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          field + " must be greater than 0 and finite, was " + value);
    }
  }
}
