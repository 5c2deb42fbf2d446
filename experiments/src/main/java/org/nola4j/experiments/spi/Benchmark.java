package org.nola4j.experiments.spi;

import org.nola4j.experiments.table.Table;

/** A measurement that {@code nola bench} runs. */
public interface Benchmark {
  /** The name on the command line. */
  String name();

  /** What is measured, in one line. */
  String description();

  /**
   * Measures.
   *
   * @param seconds how long to measure each row, after warming up
   * @return one row a measured thing, beside the limits it is compared with
   */
  Table run(double seconds);
}
