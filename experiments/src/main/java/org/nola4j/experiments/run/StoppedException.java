// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.InterruptedIOException;

/** Thrown when the process is told to end; everything trained so far is in a checkpoint. */
public final class StoppedException extends InterruptedIOException {
  private static final long serialVersionUID = 1L;

  StoppedException() {
    super("told to stop");
  }
}
