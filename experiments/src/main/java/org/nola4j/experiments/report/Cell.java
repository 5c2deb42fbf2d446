// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A cell: rounded for people, exact for programs.
 *
 * @param text text for people
 * @param values one value for each key of the column; {@code null} where there is none
 */
public record Cell(String text, List<Object> values) {

  /** Copies the values. */
  public Cell {
    values = Collections.unmodifiableList(new ArrayList<>(values));
  }

  /** A cell with a text and its exact values. */
  public static Cell of(String text, Object... values) {
    return new Cell(text, Arrays.asList(values));
  }

  /** A number, formatted independently of the locale. */
  public static Cell number(String format, Number value) {
    return of(String.format(Locale.ROOT, format, value), value);
  }
}
