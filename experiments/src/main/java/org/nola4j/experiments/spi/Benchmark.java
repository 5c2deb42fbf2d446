// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.util.List;
import org.nola4j.experiments.report.Table;

/** A benchmark for {@code nola bench}. */
public interface Benchmark {
  /** The name on the command line. */
  String name();

  /** A description of one line. */
  String description();

  /** The options; none by default. */
  default List<BenchmarkOption> options() {
    return List.of();
  }

  /**
   * Measures.
   *
   * @return one row per measurement, with the limits it is compared with
   * @throws org.nola4j.experiments.common.UserException if an option has an invalid value
   */
  Table run(BenchmarkSettings settings);
}
