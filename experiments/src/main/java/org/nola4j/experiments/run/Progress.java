// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.Console;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;

/** Chooses how progress is shown. */
public final class Progress {
  /** Set by the launcher, which can ask the system; Java up to 21 can only guess. */
  private static final String TERMINAL_PROPERTY = "nola.terminal";

  private Progress() {}

  /**
   * A bar where there is a terminal, lines otherwise.
   *
   * @param screen the terminal, for the bar
   * @param log for the lines
   * @param runs how many runs there will be
   */
  public static ProgressListener create(PrintStream screen, PrintWriter log, int runs) {
    return onTerminal()
        ? new BarProgress(screen, runs)
        : new LogProgress(log, runs, Duration.ofSeconds(10));
  }

  /** Whether somebody looks at a terminal. */
  @SuppressWarnings("SystemConsoleNull") // The null check is for Java up to 21.
  public static boolean onTerminal() {
    String known = System.getProperty(TERMINAL_PROPERTY);
    if (known != null) {
      return Boolean.parseBoolean(known);
    }
    return System.console() != null && consoleIsTerminal();
  }

  /** From Java 22 on there is a console in any case, which knows whether it is a terminal. */
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
