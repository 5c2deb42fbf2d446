// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.ArrayList;
import java.util.List;

/** Tables in Markdown, with padded columns, so that the source reads like a table. */
final class MarkdownTable {
  private MarkdownTable() {}

  static String render(Table table) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(table.columns().stream().map(column -> escape(column.title())).toList());
    for (List<Cell> row : table.rows()) {
      lines.add(row.stream().map(cell -> escape(cell.text())).toList());
    }
    int[] widths = widths(lines, table.columns().size());
    StringBuilder text = new StringBuilder();
    if (!table.title().isEmpty()) {
      text.append(table.title()).append("\n\n");
    }
    text.append(line(lines.get(0), widths, table.columns()));
    text.append(ruler(widths, table.columns()));
    lines.stream().skip(1).forEach(row -> text.append(line(row, widths, table.columns())));
    table.notes().forEach(note -> text.append('\n').append(note).append('\n'));
    return text.toString();
  }

  private static int[] widths(List<List<String>> lines, int columns) {
    int[] widths = new int[columns];
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(Math.max(widths[i], 3), width(line.get(i)));
      }
    }
    return widths;
  }

  private static String line(List<String> cells, int[] widths, List<Column> columns) {
    StringBuilder line = new StringBuilder("|");
    for (int i = 0; i < widths.length; i++) {
      String blanks = " ".repeat(widths[i] - width(cells.get(i)));
      boolean right = columns.get(i).numeric();
      line.append(' ').append(right ? blanks + cells.get(i) : cells.get(i) + blanks).append(" |");
    }
    return line.append('\n').toString();
  }

  private static String ruler(int[] widths, List<Column> columns) {
    StringBuilder line = new StringBuilder("|");
    for (int i = 0; i < widths.length; i++) {
      String dashes = "-".repeat(widths[i] - 1);
      boolean right = columns.get(i).numeric();
      line.append(' ').append(right ? dashes + ":" : dashes + "-").append(" |");
    }
    return line.append('\n').toString();
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*");
  }
}
