// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.datasets.DataSetException;

/**
 * A published text file with one record per line. Blank lines are ignored.
 *
 * @param file where it was read from
 * @param lines all records
 */
public record ListFile(Path file, List<Line> lines) {

  /**
   * A record.
   *
   * @param file for messages
   * @param number line number, from 1
   * @param columns its columns, without the spaces between them
   */
  public record Line(Path file, int number, List<String> columns) {
    public String text(int column) {
      return columns.get(column);
    }

    /**
     * A number.
     *
     * @throws DataSetException if the column has no number from {@code least} to {@code most}
     */
    int number(int column, int least, int most) {
      try {
        int number = Integer.parseInt(text(column));
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // The message below says it.
      }
      throw malformed("a number from %d to %d in column %d".formatted(least, most, column + 1));
    }

    DataSetException malformed(String expected) {
      return DataSetException.malformed(
          file,
          expected + " of line " + number,
          "'" + String.join(" ", columns) + "'",
          "copy or unpack the file again");
    }
  }

  /**
   * Reads a file.
   *
   * @param columns number of columns of each line, separated by spaces; the last one may contain
   *     spaces
   * @throws DataSetException if it cannot be read, is empty, or a line has fewer columns
   */
  public static ListFile read(Path folder, String name, int columns) {
    Path file = folder.resolve(name);
    List<Line> lines = new ArrayList<>();
    int number = 0;
    for (String text : text(file)) {
      number++;
      if (!text.isBlank()) {
        Line line = new Line(file, number, List.of(text.strip().split("\\s+", columns)));
        if (line.columns().size() < columns) {
          throw line.malformed("%d columns".formatted(columns));
        }
        lines.add(line);
      }
    }
    if (lines.isEmpty()) {
      throw DataSetException.malformed(file, "one record per line", "none", "copy the file again");
    }
    return new ListFile(file, lines);
  }

  /** The only column of each line. */
  public List<String> names() {
    return lines.stream().map(line -> line.text(0)).toList();
  }

  private static List<String> text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
  }
}
