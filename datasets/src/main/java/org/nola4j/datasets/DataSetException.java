// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import java.io.Serial;
import java.nio.file.Path;

/**
 * Thrown when a data set is missing or one of its files is wrong.
 *
 * <p>The message is for the person who can fix it: it names the file, what was expected, what was
 * found, and what to do.
 */
public final class DataSetException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;
  private static final int LONGEST_QUOTE = 200;

  public DataSetException(String message) {
    super(message);
  }

  public DataSetException(String message, Throwable cause) {
    super(message, cause);
  }

  public static DataSetException malformed(
      Path file, String expected, String found, String remedy) {
    return new DataSetException(
        "%s: expected %s, found %s; %s".formatted(file, expected, shortened(found), remedy));
  }

  /** As the other one, of a line, counted from 1. */
  public static DataSetException malformed(
      Path file, long line, String expected, String found, String remedy) {
    return new DataSetException(
        "%s, line %d: expected %s, found %s; %s"
            .formatted(file, line, expected, shortened(found), remedy));
  }

  /** A damaged file may have megabytes where a word should be. */
  private static String shortened(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }
}
