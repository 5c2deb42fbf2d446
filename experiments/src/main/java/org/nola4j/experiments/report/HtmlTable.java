// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.List;

/** Tables as a self-contained HTML page. */
final class HtmlTable {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <title>%1$s</title>
      <style>
      body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }
      table { border-collapse: collapse; }
      caption { font-weight: 600; text-align: left; padding-bottom: .5rem; }
      th, td { padding: .3rem .8rem; border-bottom: 1px solid #ddd; text-align: left; }
      th { border-bottom: 2px solid #888; }
      .number { text-align: right; font-variant-numeric: tabular-nums; }
      </style>
      </head>
      <body>
      <table>
      <caption>%1$s</caption>
      """;

  private HtmlTable() {}

  static String render(Table table) {
    StringBuilder text = new StringBuilder(HEAD.formatted(escape(table.title())));
    text.append("<thead>\n");
    row(text, "th", table.columns(), table.columns().stream().map(Column::title).toList());
    text.append("</thead>\n<tbody>\n");
    for (List<Cell> row : table.rows()) {
      row(text, "td", table.columns(), row.stream().map(Cell::text).toList());
    }
    text.append("</tbody>\n</table>\n");
    table.notes().forEach(note -> text.append("<p>").append(escape(note)).append("</p>\n"));
    return text.append("</body>\n</html>\n").toString();
  }

  private static void row(StringBuilder text, String tag, List<Column> columns, List<String> row) {
    text.append("<tr>");
    for (int i = 0; i < columns.size(); i++) {
      String style = columns.get(i).numeric() ? " class=\"number\"" : "";
      text.append("<%s%s>%s</%s>".formatted(tag, style, escape(row.get(i)), tag));
    }
    text.append("</tr>\n");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
