package org.nola4j.experiments.run;

import org.nola4j.experiments.common.UserException;

/** A run whose loss is no number any more; other runs need not stop for it. */
public final class DivergedException extends UserException {
  private static final long serialVersionUID = 1L;

  DivergedException(String message) {
    super(message);
  }
}
