// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

/**
 * An option of a benchmark.
 *
 * @param name name with dashes: "--batch"
 * @param value placeholder for its value in the help: "N"
 * @param defaultText its default, for the help
 * @param values number of values
 * @param description description in one sentence
 */
public record BenchmarkOption(
    String name, String value, String defaultText, Values values, String description) {

  /** How many values an option takes and how they are given. */
  public enum Values {
    /** One. */
    ONE,
    /** Several, by commas or by repeating the option. */
    LIST,
    /** Several, by repeating the option, since values may contain commas. */
    REPEATED
  }

  /** An option that may be given once. */
  public static BenchmarkOption of(
      String name, String value, String defaultText, String description) {
    return new BenchmarkOption(name, value, defaultText, Values.ONE, description);
  }

  /** An option that takes several values, separated by commas or by repeating it. */
  public static BenchmarkOption list(
      String name, String value, String defaultText, String description) {
    return new BenchmarkOption(name, value, defaultText, Values.LIST, description);
  }

  /** An option that takes several values by repeating it. */
  public static BenchmarkOption repeated(
      String name, String value, String defaultText, String description) {
    return new BenchmarkOption(name, value, defaultText, Values.REPEATED, description);
  }
}
