package org.nola4j.datasets;

import java.io.Serial;

/** Bytes that should be an image are none; the message says why. */
final class CorruptImageException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  CorruptImageException(String message) {
    super(message);
  }

  CorruptImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
