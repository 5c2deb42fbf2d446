package org.nola4j.experiments.spi;

/**
 * An option that a benchmark takes.
 *
 * @param name with its dashes: "--batch"
 * @param value what stands for its value in the help: "N"
 * @param defaultText what holds without it, for the help
 * @param repeatable whether it may be given more than once
 * @param description what it does, in one sentence
 */
public record BenchmarkOption(
    String name, String value, String defaultText, boolean repeatable, String description) {

  /** An option that may be given once. */
  public static BenchmarkOption of(
      String name, String value, String defaultText, String description) {
    return new BenchmarkOption(name, value, defaultText, false, description);
  }
}
