// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.Locale;

/** How a table is written. */
public enum TableFormat {
  /** GitHub's Markdown, aligned so that it reads well in a terminal. */
  MARKDOWN,
  /** Comma-separated values of RFC 4180, exact numbers, without title and notes. */
  CSV,
  /** A whole page with one table. */
  HTML,
  /** An object with title, rows (exact numbers) and notes. */
  JSON;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
