// SPDX-License-Identifier: Apache-2.0
package org.nola4j.io;

/**
 * A file is not in the expected format. The message names the file, what was expected, what was
 * found and what to do.
 */
public final class FileFormatException extends RuntimeException {
  private static final int LONGEST_QUOTE = 200;

  /** The message is {@code file: expected ..., but found ...; remedy}. */
  public FileFormatException(String file, String expected, String found, String remedy) {
    super(
        file
            + ": expected "
            + shortened(expected)
            + ", but found "
            + shortened(found)
            + "; "
            + remedy);
  }

  /** As the other constructor, with the parser's exception as the cause. */
  public FileFormatException(
      String file, String expected, String found, String remedy, Throwable cause) {
    this(file, expected, found, remedy);
    initCause(cause);
  }

  /** A damaged file may hold megabytes where a name should be. */
  private static String shortened(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }
}
