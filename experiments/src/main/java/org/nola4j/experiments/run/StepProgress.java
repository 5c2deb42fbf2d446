// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows the progress of a task of known length: a bar on a terminal, or a log line now and then.
 */
public final class StepProgress implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final String task;
  private final int total;
  private final PrintWriter log;
  private final Duration interval;

  /** Null without a terminal. */
  private final ProgressBar bar;

  private int done;
  private long shownAt = System.nanoTime();

  /**
   * Begins a task.
   *
   * @param screen the terminal, for the bar
   * @param log for the lines
   */
  public StepProgress(String task, int total, PrintStream screen, PrintWriter log) {
    this(task, total, screen, log, INTERVAL);
  }

  StepProgress(String task, int total, PrintStream screen, PrintWriter log, Duration interval) {
    this.task = task;
    this.total = total;
    this.log = log;
    this.interval = interval;
    this.bar = Progress.onTerminal() ? bar(screen) : null;
  }

  private ProgressBar bar(PrintStream screen) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(total)
        .setStyle(ProgressBarStyle.UNICODE_BLOCK)
        .setUpdateIntervalMillis(250)
        .setConsumer(new ConsoleProgressBarConsumer(screen))
        .build();
  }

  /** Counts a step. */
  public void step() {
    done++;
    if (bar != null) {
      bar.step();
    } else if (System.nanoTime() - shownAt >= interval.toNanos()) {
      shownAt = System.nanoTime();
      log.println("%s: %d of %d".formatted(task, done, total));
      log.flush();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
