// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.Console;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;

/** Chooses how to show progress. */
public final class Progress {
  /** Set by the launcher, which can ask the system; Java before 22 can only guess. */
  private static final String TERMINAL_PROPERTY = "nola.terminal";

  private Progress() {}

  /**
   * Shows a bar on a terminal, lines otherwise.
   *
   * @param screen the terminal, for the bar
   * @param log for the lines
   * @param runs number of runs there will be
   */
  public static ProgressListener create(PrintStream screen, PrintWriter log, int runs) {
    return onTerminal()
        ? new BarProgress(screen, runs)
        : new LogProgress(log, runs, Duration.ofSeconds(10));
  }

  /** Whether the output goes to a terminal. */
  @SuppressWarnings("SystemConsoleNull") // The null check is for Java before 22.
  public static boolean onTerminal() {
    String known = System.getProperty(TERMINAL_PROPERTY);
    if (known != null) {
      return Boolean.parseBoolean(known);
    }
    return System.console() != null && consoleIsTerminal();
  }

  /** Since Java 22, there is always a console, which knows whether it is a terminal. */
  private static boolean consoleIsTerminal() {
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(System.console());
    } catch (NoSuchMethodException olderJava) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }
}
