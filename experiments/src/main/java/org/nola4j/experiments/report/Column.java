// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.List;

/**
 * A column of a table.
 *
 * @param title title for people
 * @param keys the names of the values of each cell, for CSV and JSON
 * @param numeric whether it is right-aligned
 */
public record Column(String title, List<String> keys, boolean numeric) {

  /** Copies the keys. */
  public Column {
    keys = List.copyOf(keys);
  }

  /** A column of text with one value per cell. */
  public static Column text(String title, String key) {
    return new Column(title, List.of(key), false);
  }

  /** A column of numbers with one or more values per cell. */
  public static Column number(String title, String... keys) {
    return new Column(title, List.of(keys), true);
  }
}
