// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.nola4j.experiments.results.ResultStore;

/**
 * The context of a run; none of it may change the result.
 *
 * @param dataDirectory the user's data folder; without it, the default locations are searched
 * @param results the results; networks that several runs adapt are stored there as results of their
 *     own runs
 * @param notes receives messages for the user
 * @param adapterNotes the notes in the adapter files of its runs
 * @param cluster the machines for parameter averaging; without, copies train one after another here
 */
public record RunContext(
    Optional<Path> dataDirectory,
    ResultStore results,
    Consumer<String> notes,
    Map<String, String> adapterNotes,
    Optional<Cluster> cluster) {
  /** For plans: files in the usual places, no results. */
  public static final RunContext USUAL = new RunContext(Optional.empty(), null, line -> {});

  /** On this machine. */
  public RunContext(
      Optional<Path> dataDirectory,
      ResultStore results,
      Consumer<String> notes,
      Map<String, String> adapterNotes) {
    this(dataDirectory, results, notes, adapterNotes, Optional.empty());
  }

  /** Without notes in adapter files, on this machine. */
  public RunContext(Optional<Path> dataDirectory, ResultStore results, Consumer<String> notes) {
    this(dataDirectory, results, notes, Map.of());
  }

  /** For runs that others need, whose files are not what the user's notes are about; here. */
  public RunContext withoutAdapterNotes() {
    return new RunContext(dataDirectory, results, notes);
  }
}
