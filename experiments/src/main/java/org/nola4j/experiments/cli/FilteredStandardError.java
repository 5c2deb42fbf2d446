// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The counterpart of the launcher's filter on standard error.
 *
 * <p>The launcher pipes standard error through a child process that drops Java's warning about
 * incubator modules. Callers wait for this process only and would see the last lines too late, so
 * this process waits for the filter.
 */
final class FilteredStandardError {
  private static final String PROPERTY = "nola.stderr.filtered";
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private FilteredStandardError() {}

  /** Closes standard error and waits until the filter, if any, has forwarded everything. */
  static void drain() {
    if (Boolean.getBoolean(PROPERTY)) {
      System.err.close();
      ProcessHandle.current().children().forEach(FilteredStandardError::await);
    }
  }

  private static void await(ProcessHandle filter) {
    try {
      filter.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException lateLines) {
      // A late line is better than a program that never ends.
    }
  }
}
