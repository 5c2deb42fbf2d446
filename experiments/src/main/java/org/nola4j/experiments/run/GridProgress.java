// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.PrintWriter;

/** How many runs of many are done, and about how long the others take: a line after each. */
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
   * @param task what the runs are for
   * @param total how many there are
   * @param log takes the lines
   */
  public GridProgress(String task, int total, PrintWriter log) {
    this.task = task;
    this.total = total;
    this.log = log;
  }

  /** A run was done before. */
  public void skipped() {
    done++;
  }

  /** A run was trained, in so many seconds. */
  public void trained(double inSeconds) {
    done++;
    trained++;
    seconds += inSeconds;
    show();
  }

  /** Some runs will not be done. */
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
