// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.List;
import java.util.Locale;
import org.nola4j.basis.BasisKernels;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;

/**
 * What one process measured.
 *
 * @param trained trained numbers
 * @param medianMillis median wall time of a step
 * @param minMillis the fastest step
 * @param peakBytes the most memory that the process had; {@code null} where the system does not say
 */
record StepTimes(long trained, double medianMillis, double minMillis, Long peakBytes) {
  /** What a table of these shows. */
  static final List<Column> COLUMNS =
      List.of(
          Column.text("method", "method"),
          Column.number("trained", "trained"),
          Column.number("median ms", "medianMillis"),
          Column.number("min ms", "minMillis"),
          Column.number("peak MB", "peakBytes"));

  /** What the table says below, measured with this process' kernel and threads. */
  static List<String> notes() {
    return List.of(
        "Bases are generated anew in every pass; none is stored. Kernel %s, %d threads."
            .formatted(BasisKernels.active().name(), BasisKernels.threads()),
        "Peak: resident memory of a process that does nothing else, with Java's and the data's.");
  }

  /** A line of the table. */
  List<Cell> row(String method) {
    return List.of(
        Cell.of(method, method),
        Cell.number("%,d", trained),
        Cell.number("%,.2f", medianMillis),
        Cell.number("%,.2f", minMillis),
        Cell.of(
            peakBytes == null ? "–" : String.format(Locale.ROOT, "%,.0f", peakBytes * 1e-6),
            peakBytes));
  }
}
