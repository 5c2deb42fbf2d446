// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.Locale;

/** How a table is written. */
public enum TableFormat {
  /** GitHub's Markdown, aligned so that it reads well in a terminal. */
  MARKDOWN,
  /** Comma-separated values (RFC 4180): exact numbers, no title, no notes. */
  CSV,
  /** A complete page with one table. */
  HTML,
  /** An object with the title, the rows (exact numbers), and the notes. */
  JSON;

  /** The table as text that ends with a line feed. */
  public String render(Table table) {
    return switch (this) {
      case MARKDOWN -> MarkdownTable.render(table);
      case CSV -> CsvTable.render(table);
      case HTML -> HtmlTable.render(table);
      case JSON -> JsonTable.render(table);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
