// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.nola4j.experiments.config.ConfigLoader;

/** The committed sample results: made-up figures that are easy to check by hand. */
public final class SampleResults {
  public static final Path FOLDER = folder();

  private SampleResults() {}

  /** dense seed 1 (on a stand-in), nola seeds 1 and 2, pranc seed 1. */
  public static List<ExperimentResult> read() {
    return new ResultStore(FOLDER).readAll("mnist");
  }

  public static PaperFigures paper() {
    return PaperFigures.of(ConfigLoader.packaged().paper("mnist").orElseThrow());
  }

  private static Path folder() {
    try {
      return Path.of(SampleResults.class.getResource("/results").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
