// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class LoggingTest {
  @AfterEach
  void quiet() {
    Logging.configure(false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Download", "ArchiveDownload", "Transfer"})
  void downloadsAreToldInPlainLines(String name) throws ClassNotFoundException {
    Class<?> type =
        Class.forName("org.nola4j.datasets.source." + name); // or nobody logs by this name
    for (boolean verbose : new boolean[] {true, false}) {
      Logging.configure(verbose);
      assertTrue(LoggerFactory.getLogger(type).isInfoEnabled());
    }
    Logger logger = (Logger) LoggerFactory.getLogger(type);
    assertFalse(logger.isAdditive());
    ConsoleAppender<ILoggingEvent> appender =
        (ConsoleAppender<ILoggingEvent>) logger.getAppender("NOTES");
    assertNotNull(appender);
    assertEquals("System.err", appender.getTarget());
    PatternLayoutEncoder encoder = (PatternLayoutEncoder) appender.getEncoder();
    assertEquals("%msg%n", ((PatternLayout) encoder.getLayout()).getPattern());
  }

  @Test
  void othersAreQuietUnlessAsked() {
    Logging.configure(false);
    assertFalse(LoggerFactory.getLogger("org.nola4j.datasets.source.DataSource").isInfoEnabled());
    Logging.configure(true);
    assertTrue(LoggerFactory.getLogger("org.nola4j.datasets.source.DataSource").isInfoEnabled());
  }
}
