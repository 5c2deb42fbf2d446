// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.util.List;
import org.nola4j.experiments.report.Table;

/** A measurement that {@code nola bench} runs. */
public interface Benchmark {
  /** The name on the command line. */
  String name();

  /** What is measured, in one line. */
  String description();

  /** The options that it takes; none unless it says so. */
  default List<BenchmarkOption> options() {
    return List.of();
  }

  /**
   * Measures.
   *
   * @return one row a measured thing, beside the limits it is compared with
   * @throws org.nola4j.experiments.common.UserException if an option has a wrong value
   */
  Table run(BenchmarkSettings settings);
}
