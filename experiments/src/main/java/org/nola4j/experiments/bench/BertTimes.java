// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.List;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;

/**
 * What one process measured of a text encoder.
 *
 * @param trained trained numbers
 * @param medianMillis median wall time of a training step
 * @param minMillis the fastest step
 * @param oneMillis median time to embed one text
 * @param manyMillis median time to embed {@value BertProcess#MANY} texts at once
 * @param peakBytes peak memory of all of it; {@code null} if the system does not report it
 */
record BertTimes(
    long trained,
    double medianMillis,
    double minMillis,
    double oneMillis,
    double manyMillis,
    Long peakBytes) {
  /** The columns of a table of these. */
  static final List<Column> COLUMNS =
      List.of(
          Column.text("method", "method"),
          Column.number("trained", "trained"),
          Column.number("median ms", "medianMillis"),
          Column.number("min ms", "minMillis"),
          Column.number("one text ms", "oneMillis"),
          Column.number(BertProcess.MANY + " texts ms", "manyMillis"),
          Column.number("peak MB", "peakBytes"));

  /** A row of the table. */
  List<Cell> row(String method) {
    return List.of(
        Cell.of(method, method),
        Cell.number("%,d", trained),
        Cell.number("%,.1f", medianMillis),
        Cell.number("%,.1f", minMillis),
        Cell.number("%,.2f", oneMillis),
        Cell.number("%,.1f", manyMillis),
        PeakMemory.cell(peakBytes));
  }
}
