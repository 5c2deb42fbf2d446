// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Locale;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.FileInspector;

/** Describes the result of a run. */
public final class ResultInspector implements FileInspector {
  @Override
  public String kind() {
    return "result (.json)";
  }

  @Override
  public boolean accepts(Path file) {
    return file.toString().endsWith(".json");
  }

  /** Any JSON file may be a result; one that is named like a result may be a damaged one. */
  @Override
  public boolean lists(Path file) {
    return ResultStore.isNamedLikeAResult(file) || isResult(file);
  }

  private static boolean isResult(Path file) {
    try {
      ResultStore.read(file);
      return true;
    } catch (UserException other) {
      return false;
    }
  }

  @Override
  public JsonNode inspect(Path file) {
    return Json.tree(ResultStore.read(file));
  }

  @Override
  public String summary(JsonNode result) {
    return String.format(
        Locale.ROOT,
        "result: %s %s seed %s on %s, %d epochs, loss %.4f, test accuracy %.2f %%",
        result.path("experiment").asText(),
        result.path("method").asText(),
        result.path("seed").asText(),
        result.at("/dataset/name").asText(),
        result.path("epochs").size(),
        result.at("/final/trainLoss").asDouble(),
        100 * result.at("/final/testAccuracy").asDouble());
  }
}
