// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import org.nola4j.experiments.results.RunId;

/** Numbers the runs of one command: "mnist nola seed 1 [1/5]". */
final class RunCounter {
  private final int runs;
  private int number;

  RunCounter(int runs) {
    this.runs = runs;
  }

  /** The heading of the next run; a single run is not numbered. */
  String next(RunId id) {
    number++;
    return runs > 1 ? "%s [%d/%d]".formatted(id, number, runs) : id.toString();
  }
}
