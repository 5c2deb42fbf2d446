// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An immutable table with a title and notes below it.
 *
 * @param title one line
 * @param columns the columns
 * @param rows for each row, one cell per column
 * @param notes lines below the table
 */
public record Table(String title, List<Column> columns, List<List<Cell>> rows, List<String> notes) {

  /** Checks that every row matches the columns. */
  public Table {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    notes = List.copyOf(notes);
    for (List<Cell> row : rows) {
      check(columns, row);
    }
  }

  private static void check(List<Column> columns, List<Cell> row) {
    if (row.size() != columns.size()) {
      throw new IllegalArgumentException(
          "expected %d cells, found %d in %s".formatted(columns.size(), row.size(), row));
    }
    for (int i = 0; i < row.size(); i++) {
      int expected = columns.get(i).keys().size();
      if (row.get(i).values().size() != expected) {
        throw new IllegalArgumentException(
            "column %s needs %d values, found %s"
                .formatted(columns.get(i).title(), expected, row.get(i).values()));
      }
    }
  }

  /** The keys of all columns, in their order. */
  List<String> keys() {
    return columns.stream().flatMap(column -> column.keys().stream()).toList();
  }

  /** A row's values by key. */
  static Map<String, Object> values(List<Column> columns, List<Cell> row) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      List<String> keys = columns.get(i).keys();
      for (int j = 0; j < keys.size(); j++) {
        values.put(keys.get(j), row.get(i).values().get(j));
      }
    }
    return values;
  }
}
