// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.List;
import java.util.stream.Collectors;

/** Tables as comma-separated values, RFC 4180 with line feeds. */
final class CsvTable {
  private CsvTable() {}

  static String render(Table table) {
    StringBuilder text = new StringBuilder(line(table.keys()));
    for (List<Cell> row : table.rows()) {
      text.append(line(row.stream().flatMap(cell -> cell.values().stream()).toList()));
    }
    return text.toString();
  }

  private static String line(List<?> values) {
    return values.stream().map(CsvTable::quote).collect(Collectors.joining(",")) + "\n";
  }

  private static String quote(Object value) {
    String text = value == null ? "" : value.toString();
    boolean special = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return special ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
