// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.List;
import org.nola4j.basis.BasisKernels;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;

/**
 * What one process measured.
 *
 * @param trained trained numbers
 * @param medianMillis median wall time of a step
 * @param minMillis the fastest step
 * @param peakBytes peak memory of the process; {@code null} if the system does not report it
 */
record StepTimes(long trained, double medianMillis, double minMillis, Long peakBytes) {
  /** The columns of a table of these. */
  static final List<Column> COLUMNS =
      List.of(
          Column.text("method", "method"),
          Column.number("trained", "trained"),
          Column.number("median ms", "medianMillis"),
          Column.number("min ms", "minMillis"),
          Column.number("peak MB", "peakBytes"));

  /** The notes below the table, with the kernel and the number of threads of this process. */
  static List<String> notes() {
    return List.of(
        "Bases are generated again in every pass, and none is stored. Kernel %s, %d threads."
            .formatted(BasisKernels.active().name(), BasisKernels.threads()),
        "Peak: resident memory of a process that does nothing else, including Java and the data.");
  }

  /** A row of the table. */
  List<Cell> row(String method) {
    return List.of(
        Cell.of(method, method),
        Cell.number("%,d", trained),
        Cell.number("%,.2f", medianMillis),
        Cell.number("%,.2f", minMillis),
        PeakMemory.cell(peakBytes));
  }
}
