// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

/** A kernel is not available on this machine; the message says why, and what would help. */
public final class KernelUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  /** With a message for users. */
  public KernelUnavailableException(String message) {
    super(message);
  }

  /** With a message for users and the cause. */
  public KernelUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
