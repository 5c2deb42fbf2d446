// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.ConfigDifference;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.RunId;

/** The state of a run before it is started. */
public enum RunState {
  /** Not started, or to be started over. */
  FRESH,
  /** There is a checkpoint to resume from. */
  UNFINISHED,
  /** There is a result. */
  FINISHED;

  /**
   * Determines the state from existing files.
   *
   * <p>A checkpoint is always newer than the result, because it is deleted after the result is
   * written; so if both exist, the checkpoint counts.
   *
   * @param resume whether to resume; otherwise every run is fresh
   * @throws UserException if the files belong to another configuration; the message names the keys
   */
  public static RunState of(ResultStore store, ExperimentConfig config, boolean resume) {
    if (!resume) {
      return FRESH;
    }
    RunId id = RunId.of(config);
    CheckpointFile checkpoint = new CheckpointFile(store.checkpointFile(id));
    if (checkpoint.exists()) {
      requireEqual(store.checkpointFile(id), checkpoint.read().config(), config);
      return UNFINISHED;
    }
    Optional<ExperimentResult> result = store.find(id);
    result.ifPresent(found -> requireEqual(store.resultFile(id), found.config(), config));
    return result.isPresent() ? FINISHED : FRESH;
  }

  private static void requireEqual(Path file, JsonNode before, ExperimentConfig config) {
    Map<String, String> differences = ConfigDifference.between(before, Json.tree(config));
    if (!differences.isEmpty()) {
      throw new UserException(
          "%s has another configuration: %s (use another --out, or delete the file to start over)"
              .formatted(file, ConfigDifference.text(differences)));
    }
  }
}
