// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The other half of the launcher's filter on standard error.
 *
 * <p>The launcher sends standard error through a child process that drops Java's announcement of
 * incubator modules. Whoever waits for this process would not wait for that one, and would see the
 * last lines too late; so this one waits.
 */
final class FilteredStandardError {
  private static final String PROPERTY = "nola.stderr.filtered";
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private FilteredStandardError() {}

  /** Ends standard error and waits until the filter has passed everything on, if there is one. */
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
      // A late line is better than a program that does not end.
    }
  }
}
