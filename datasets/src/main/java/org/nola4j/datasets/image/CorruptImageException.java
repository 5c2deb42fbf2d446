// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.io.Serial;

/** Thrown when bytes cannot be decoded as an image; the message says why. */
public final class CorruptImageException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  public CorruptImageException(String message) {
    super(message);
  }

  public CorruptImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
