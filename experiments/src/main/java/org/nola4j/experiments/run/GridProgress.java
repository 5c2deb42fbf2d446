// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.PrintWriter;

/**
 * Logs a line after each run of a grid: how many are done, and about how long the others will take.
 */
public final class GridProgress {
  private final String task;
  private final int total;
  private final PrintWriter log;

  private int done;
  private int failed;
  private int trained;
  private double seconds;

  /**
   * Begins.
   *
   * @param task name of the grid
   * @param total number of runs
   * @param log receives the lines
   */
  public GridProgress(String task, int total, PrintWriter log) {
    this.task = task;
    this.total = total;
    this.log = log;
  }

  /** Counts a run that was finished before. */
  public void skipped() {
    done++;
  }

  /** Counts a run that was trained in the given number of seconds. */
  public void trained(double inSeconds) {
    done++;
    trained++;
    seconds += inSeconds;
    show();
  }

  /** Counts runs that failed or will not be run. */
  public void failed(int runs) {
    failed += runs;
    show();
  }

  private void show() {
    int left = total - done - failed;
    log.println(
        "%s: %d of %d runs done%s%s"
            .formatted(
                task,
                done,
                total,
                failed > 0 ? ", " + failed + " failed" : "",
                left > 0 && trained > 0
                    ? ", about %s left".formatted(ProgressText.duration(left * seconds / trained))
                    : ""));
    log.flush();
  }
}
