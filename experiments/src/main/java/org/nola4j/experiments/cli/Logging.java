// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets how much Deeplearning4j and this program log to standard error. */
final class Logging {
  private Logging() {}

  /**
   * Logs warnings only, or everything of interest. Loggers with a level in logback.xml, such as
   * downloads, keep it.
   */
  static void configure(boolean verbose) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(verbose ? Level.INFO : Level.WARN);
      context.getLogger("org.nola4j").setLevel(verbose ? Level.DEBUG : Level.WARN);
    }
  }
}
