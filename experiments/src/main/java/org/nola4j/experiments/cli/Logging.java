// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much Deeplearning4j and this program say about themselves on standard error. */
final class Logging {
  private Logging() {}

  /**
   * Warnings only, or everything of interest. What logback.xml has a level for, as downloads, keeps
   * it.
   */
  static void configure(boolean verbose) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(verbose ? Level.INFO : Level.WARN);
      context.getLogger("org.nola4j").setLevel(verbose ? Level.DEBUG : Level.WARN);
    }
  }
}
