// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class TableTest {
  private static final List<Column> COLUMNS =
      List.of(Column.text("name", "name"), Column.number("mean", "mean", "deviation"));

  private final Table table =
      new Table(
          "a < b",
          COLUMNS,
          List.of(
              List.of(Cell.of("a|b*c", "a|b*c"), Cell.of("1.0 ± 0.5", 1.04, 0.5)),
              List.of(Cell.of("x, \"y\"", "x, \"y\""), Cell.of("–", null, null))),
          List.of("one & two"));

  @Test
  void numbersAreAlikeInAllCountries() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertEquals(Cell.of("1,234.50", 1234.5), Cell.number("%,.2f", 1234.5));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void markdownIsAlignedAndEscaped() {
    assertEquals(
        """
        a < b

        | name    |      mean |
        | ------- | --------: |
        | a\\|b\\*c | 1.0 ± 0.5 |
        | x, "y"  |         – |

        one & two
        """,
        TableFormat.MARKDOWN.render(table));
  }

  @Test
  void csvHasExactValuesAndQuotes() {
    assertEquals(
        "name,mean,deviation\na|b*c,1.04,0.5\n\"x, \"\"y\"\"\",,\n", TableFormat.CSV.render(table));
  }

  @Test
  void htmlIsEscaped() {
    String html = TableFormat.HTML.render(table);
    assertTrue(html.contains("<title>a &lt; b</title>"), html);
    assertTrue(html.contains("<td>x, &quot;y&quot;</td>"), html);
    assertTrue(html.contains("<p>one &amp; two</p>"), html);
  }

  @Test
  void jsonHasExactValues() {
    assertTrue(
        TableFormat.JSON.render(table).contains("\"mean\": 1.04,\n      \"deviation\": 0.5"),
        TableFormat.JSON.render(table));
  }

  @Test
  void rowThatDoesNotFitIsRefused() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new Table(
                    "", COLUMNS, List.of(List.of(Cell.of("a", "a"), Cell.of("1", 1))), List.of()));
    assertEquals("column mean needs 2 values, found [1]", error.getMessage());
  }
}
