// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import java.nio.file.Path;
import java.util.Optional;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.RunContext;

/** What runs are given in tests. */
public final class Contexts {
  private Contexts() {}

  /** Results below a folder, data from the usual places. */
  public static RunContext in(Path results) {
    return new RunContext(Optional.empty(), new ResultStore(results), note -> {});
  }

  /** Data from a folder, results beside it. */
  public static RunContext withData(Path folder) {
    return new RunContext(Optional.of(folder), new ResultStore(folder.resolve("out")), note -> {});
  }
}
