// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

/**
 * An error that the user can fix: a wrong option, a missing file, an unknown name.
 *
 * <p>The command line prints the message as one line without a stack trace and ends with status 2,
 * so the message says what was expected, what was found and what to change.
 */
public class UserException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A user error with a message of one line. */
  public UserException(String message) {
    super(message);
  }

  /** A user error with a message of one line and its technical cause, which --verbose shows. */
  public UserException(String message, Throwable cause) {
    super(message, cause);
  }
}
